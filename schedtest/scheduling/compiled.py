"""The one door to Numba: typed, and with a cache that never outlives the sources it was made from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Int32s = NDArray[np.int32]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Reals = NDArray[np.float64]

F = TypeVar("F", bound=Callable[..., Any])

SOURCES = (
    "bits",
    "calendars",
    "compiled",
    "construct",
    "devices",
    "digits",
    "evolution",
    "insertion",
    "lags",
    "market",
    "packs",
    "posting",
    "profiles",
    "project",
    "recreate",
    "room",
    "ruin",
    "serial",
    "shifting",
    "stay_bounds",
    "tables",
    "visits",
)


def kernel(function: F) -> F:
    """Compiled at its first call and cached on disk; runs without the interpreter's lock.

    A kernel allocates nothing, so that no references are counted (which made compiling many times as long).
    """
    jit: Any = numba.njit
    return cast(F, jit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function))


def _forget_stale_cache() -> None:
    """Numba looks only at a kernel's own file; a kernel compiled with an older version of another file must go too."""
    folder = Path(__file__).parent
    digest = sha256()
    for name in SOURCES:
        with suppress(FileNotFoundError):
            digest.update((folder / f"{name}.py").read_bytes())
    stamp = folder / "__pycache__" / "kernels.sha256"
    with suppress(OSError):
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        for old in (*stamp.parent.glob("*.nbi"), *stamp.parent.glob("*.nbc")):
            old.unlink(missing_ok=True)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(digest.hexdigest())


_forget_stale_cache()
