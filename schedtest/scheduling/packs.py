"""Many arrays handed to a kernel by one pointer.

Numba passes a tuple of arrays as seven values an array, in every call: with a hundred arrays each kernel takes seconds
to compile. A pack is one pointer to a block of memory in which the arrays' descriptions lie one after the other, as
Numba lays them out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, unbox
from numba.np.numpy_support import from_dtype


class PackType(types.Type):
    """members: (name, Numba type), in order; arrays of fixed dimensions, or int64."""

    def __init__(self, name: str, members: tuple[tuple[str, Any], ...]) -> None:
        self.members = members
        super().__init__(name=f"{name}({', '.join(f'{member}: {kind}' for member, kind in members)})")

    def place(self, name: str) -> int:
        """Where a member lies, in words of 8 bytes."""
        words = 0
        for member, kind in self.members:
            if member == name:
                return words
            words += 5 + 2 * kind.ndim if isinstance(kind, types.Array) else 1
        raise AttributeError(name)


register_model(PackType)(models.OpaqueModel)


@infer_getattr
class _PackAttribute(AttributeTemplate):
    key = PackType

    def generic_resolve(self, pack: PackType, name: str) -> Any:  # type: ignore[override]
        return dict(pack.members).get(name)


@lower_getattr_generic(PackType)  # type: ignore[untyped-decorator, no-untyped-call]
def _load_member(context: Any, builder: Any, pack: PackType, value: Any, name: str) -> Any:
    kind = dict(pack.members)[name]
    where = cgutils.gep_inbounds(builder, value, pack.place(name) * 8)  # type: ignore[no-untyped-call]
    loaded = builder.load(builder.bitcast(where, context.get_value_type(kind).as_pointer()))
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


@unbox(PackType)  # type: ignore[untyped-decorator, no-untyped-call]
def _to_pointer(_: PackType, pack: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(pack, "address")
    value = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    failed = cgutils.is_not_null(c.builder, c.pyapi.err_occurred())  # type: ignore[no-untyped-call]
    return NativeValue(value, is_error=failed)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Pack:
    """A dataclass of C-contiguous arrays and integers that kernels read by attribute; the contents may change."""

    def __post_init__(self) -> None:
        members: list[tuple[str, np.dtype[Any] | None, int]] = []
        words = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                assert value.flags.c_contiguous
                members.append((field.name, value.dtype, value.ndim))
                words += [0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides]
            else:
                members.append((field.name, None, 0))
                words.append(value)
        block = np.array(words, dtype=np.int64)
        object.__setattr__(self, "block", block)
        object.__setattr__(self, "address", block.ctypes.data)
        object.__setattr__(self, "_numba_type_", _pack_type(type(self).__name__, tuple(members)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))


@cache
def _pack_type(name: str, members: tuple[tuple[str, np.dtype[Any] | None, int], ...]) -> PackType:
    """members: (name, dtype, dimensions) of each array, (name, None, 0) of each integer."""

    def kind(dtype: np.dtype[Any] | None, dimensions: int) -> Any:
        return types.int64 if dtype is None else types.Array(from_dtype(dtype), dimensions, "C")  # type: ignore[no-untyped-call]

    return PackType(name, tuple((member, kind(dtype, dimensions)) for member, dtype, dimensions in members))
