"""The rules of the format over the freed tasks, beside a rest that stays where it is; one function a family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from ortools.sat.python.cp_model import BoolVarT, CpModel, Domain, IntervalVar, IntVar

from ..problem import Device, StateResource
from .lookup import Lookup, Placed, Step, steps
from .variables import Linear, ModeVariables, TaskVariables, Variables, until

Wanted = list[tuple[IntervalVar, Linear, int]]
"""(optional interval, amount, the most that the amount can be)"""


@dataclass(slots=True)
class DeviceClass:
    """Devices of one type that are blocked at the same times, thus interchangeable.

    taken: by task and mode, how many of them it takes.
    """

    devices: tuple[Device, ...]
    blocked: tuple[Step, ...]
    taken: dict[tuple[str, str], Linear] = field(default_factory=dict)


def add_precedences(model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed]) -> None:
    """Lags hold between scheduled tasks; `after` only if `before`, with `together` both ways.

    A task that is neither freed nor placed is left out.
    """
    for precedence in lookup.problem.precedences:
        before, after = made.tasks.get(precedence.before), made.tasks.get(precedence.after)
        if before is None and after is None:
            continue
        first, second = rest.get(precedence.before), rest.get(precedence.after)
        if after is not None and before is None and first is None:
            model.add(after.present == 0)
        elif before is not None and after is None and second is None:
            if precedence.together:
                model.add(before.present == 0)
        else:
            if before is not None and (after is None or precedence.together):
                model.add_implication(_present(model, after), before.present)
            if after is not None and before is not None:
                model.add_implication(after.present, before.present)
                if precedence.together:
                    model.add_implication(before.present, after.present)
            lag = _start(after, second) - _end(before, first)
            both = [one.present for one in (before, after) if one is not None]
            model.add(lag >= precedence.min_lag).only_enforce_if(both)
            if precedence.max_lag is not None:
                model.add(lag <= precedence.max_lag).only_enforce_if(both)


def _present(model: CpModel, one: TaskVariables | None) -> IntVar:
    return model.new_constant(1) if one is None else one.present


def _start(one: TaskVariables | None, placed: Placed | None) -> Linear:
    if one is not None:
        return one.start
    assert placed is not None
    return placed.start


def _end(one: TaskVariables | None, placed: Placed | None) -> Linear:
    if one is not None:
        return one.end
    assert placed is not None
    return placed.end


def add_capacities(model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed]) -> None:
    """At every slot, what is used and what is closed stay within each resource's capacity."""
    wanted: dict[str, Wanted] = defaultdict(list)
    for one in made.tasks.values():
        for name, amount in _common_uses(lookup, one):
            wanted[name].append((one.span, amount, amount))
        for mode in one.modes:
            for name, amount in _own_uses(lookup, one, mode):
                spells = (mode.span,) if lookup.resource[name].kept else mode.spells
                wanted[name] += [(spell, amount, amount) for spell in spells]
    taken: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for placed in rest.values():
        for name, amount in placed.mode.uses:
            if name in wanted:
                taken[name] += [(start, end, amount) for start, end in lookup.use_spells(placed, name)]
    for name, uses in wanted.items():
        resource = lookup.resource[name]
        add_cumulative(model, uses, steps([*taken[name], *resource.closures]), resource.capacity)


def _common_uses(lookup: Lookup, one: TaskVariables) -> list[tuple[str, int]]:
    """What the task uses alike in all of several modes, from start to end."""
    if len(one.modes) == 1:
        return []
    first, *others = one.modes
    return [
        (name, amount)
        for name, amount in first.mode.uses
        if amount
        and all((name, amount) in other.mode.uses for other in others)
        and (lookup.resource[name].kept or all(mode.spells == (mode.span,) for mode in one.modes))
    ]


def _own_uses(lookup: Lookup, one: TaskVariables, mode: ModeVariables) -> list[tuple[str, int]]:
    common = _common_uses(lookup, one)
    return [(name, amount) for name, amount in mode.mode.uses if amount and (name, amount) not in common]


def add_cumulative(model: CpModel, uses: Wanted, taken: Iterable[Step], capacity: int) -> None:
    """`uses` fit into what `taken` leaves of the capacity; taken alone may exceed it.

    All that cannot bind is left away, and the capacity with it, so that the numbers stay small.
    """
    most = sum(largest for _, _, largest in uses)
    limit = min(capacity, most)
    spare = capacity - limit
    blocks = [(start, end, min(amount - spare, limit)) for start, end, amount in taken if amount > capacity - most]
    if not blocks and most <= capacity:
        return
    blocks = [block for block in blocks if block[2] > 0]
    intervals = [interval for interval, _, _ in uses]
    intervals += [model.new_fixed_size_interval_var(start, end - start, "") for start, end, _ in blocks]
    amounts: list[Linear] = [amount for _, amount, _ in uses]
    amounts += [amount for _, _, amount in blocks]
    if all(isinstance(amount, int) and 2 * amount > limit for amount in amounts):
        model.add_no_overlap(intervals)
    else:
        model.add_cumulative(intervals, amounts, limit)


def add_pooled_devices(model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed]) -> None:
    """There are as many devices of each type as are held, with and without turnaround; which they are is not asked.

    A relaxation: a plan that keeps it need not find its devices.
    """
    held: dict[str, list[Placed]] = defaultdict(list)
    for placed in rest.values():
        for name, _ in placed.mode.devices:
            held[name].append(placed)
    for name, wanted in _device_demands(made).items():
        turnaround = lookup.turnaround[name]
        closed = lookup.closures("devices", name)
        taken = [(one.start, one.end, dict(one.mode.devices)[name]) for one in held[name]]
        uses: Wanted = [(mode.span, amount, amount) for _, mode, amount in wanted]
        add_cumulative(model, uses, steps([*closed, *taken]), len(lookup.devices[name]))
        if turnaround:
            taken = [(start, end + turnaround, amount) for start, end, amount in taken]
            uses = [(_longer(model, one, mode, turnaround), amount, amount) for one, mode, amount in wanted]
            add_cumulative(model, uses, steps(taken), len(lookup.devices[name]))


def _device_demands(made: Variables) -> dict[str, list[tuple[TaskVariables, ModeVariables, int]]]:
    wanted: dict[str, list[tuple[TaskVariables, ModeVariables, int]]] = defaultdict(list)
    for one, mode in made.modes():
        for name, amount in mode.mode.devices:
            if amount:
                wanted[name].append((one, mode, amount))
    return wanted


def steps_of(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Windows of one device that may overlap, as disjoint ones."""
    return [(start, end) for start, end, _ in steps((start, end, 1) for start, end in windows)]


def _longer(model: CpModel, one: TaskVariables, mode: ModeVariables, more: int) -> IntervalVar:
    """A mode's span and `more` slots after it."""
    return model.new_optional_interval_var(one.start, mode.length + more, one.end + more, mode.chosen, "")


def add_named_devices(
    model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed], stopped: Callable[[], bool]
) -> dict[str, list[DeviceClass]]:
    """Exactly: devices that are blocked alike form a class, and each mode says how many it takes of each.

    Within a class, spans that overlap at most as often as there are devices can be given a device each (interval graphs
    are perfect; Golumbic 1980, Algorithmic Graph Theory and Perfect Graphs, chapter 8).
    """
    classes: dict[str, list[DeviceClass]] = {}
    for name, wanted in _device_demands(made).items():
        turnaround = lookup.turnaround[name]
        classes[name] = _classes(lookup, name, rest)
        for one, mode, amount in until(stopped, wanted):
            _share_out(model, one, mode, amount, classes[name])
        for kind in until(stopped, classes[name]):
            uses: Wanted = []
            for one, mode, amount in wanted:
                span = _longer(model, one, mode, turnaround) if turnaround else mode.span
                taken = kind.taken[one.task.id, mode.mode.id]
                uses.append((span, taken, min(amount, len(kind.devices))))
            add_cumulative(model, uses, (), len(kind.devices))
    return classes


def _classes(lookup: Lookup, name: str, rest: dict[str, Placed]) -> list[DeviceClass]:
    turnaround = lookup.turnaround[name]
    blocked: dict[str, list[tuple[int, int]]] = {device.id: list(device.closures) for device in lookup.devices[name]}
    for placed in rest.values():
        for device_id in dict(placed.devices).get(name, ()):
            blocked[device_id].append((placed.start - turnaround, placed.end + turnaround))
    alike: dict[tuple[Step, ...], list[Device]] = defaultdict(list)
    for device in lookup.devices[name]:
        times = [(start, end, 1) for start, end in steps_of(blocked[device.id]) if start < lookup.problem.horizon]
        alike[tuple(steps(times))].append(device)
    return [DeviceClass(tuple(devices), times) for times, devices in alike.items()]


def _share_out(
    model: CpModel, one: TaskVariables, mode: ModeVariables, amount: int, classes: Sequence[DeviceClass]
) -> None:
    """The mode takes `amount` devices from the classes, from each only while that is not blocked."""
    key = one.task.id, mode.mode.id
    for kind in classes:
        most = min(amount, len(kind.devices))
        if len(classes) == 1:
            kind.taken[key], some = amount, mode.chosen
        elif most == 1:
            some = model.new_bool_var("")
            kind.taken[key] = some
        else:
            taken, some = model.new_int_var(0, most, ""), model.new_bool_var("")
            model.add(taken <= most * some)
            kind.taken[key] = taken
        for literal, length in mode.lengths:
            shut = Domain.from_intervals([[start - length + 1, end - 1] for start, end, _ in kind.blocked])
            if not shut.is_empty():
                free = shut.complement()
                model.add_linear_expression_in_domain(one.start, free).only_enforce_if([some, literal])
    if len(classes) != 1:
        model.add(sum(kind.taken[key] for kind in classes) == amount * mode.chosen)


def add_states(
    model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed], stopped: Callable[[], bool]
) -> None:
    """Uses that overlap are in one state, and between uses of different states the transition's slots pass."""
    uses: dict[str, list[_Use]] = defaultdict(list)
    for one, mode in made.modes():
        for name, state in mode.mode.states:
            uses[name].append(
                _Use(state, one.start, one.end, one.task.id, mode.mode.duration, (mode.chosen,), mode.lengths)
            )
    for placed in rest.values():
        for name, state in placed.mode.states:
            if name in uses:
                length = placed.end - placed.start
                uses[name].append(_Use(state, placed.start, placed.end, placed.task.id, length))
    for name, those in until(stopped, uses.items()):
        _keep_apart(model, lookup.state_resource[name], those)


@dataclass(slots=True)
class _Use:
    """A state held from start to end if all of `when` hold; a placed task's use is always held.

    lengths: as in ModeVariables.
    """

    state: str
    start: Linear
    end: Linear
    task: str
    shortest: int
    when: tuple[IntVar, ...] = ()
    lengths: tuple[tuple[IntVar, int], ...] = ()


def _keep_apart(model: CpModel, resource: StateResource, uses: list[_Use]) -> None:
    """Pair by pair: one before the other, with the transition between.

    Where a way round by a third state takes less than the transition itself, that binds consecutive uses only.
    """
    if resource.initial is not None:
        uses = [_Use(resource.initial, 0, 0, "", 0), *uses]
    shut: dict[int, list[list[int]]] = {}
    for one, other in combinations(uses, 2):
        if one.state == other.state or one.task == other.task or not (one.when or other.when):
            continue
        there, back = _shortcuts(resource, one, other, uses), _shortcuts(resource, other, one, uses)
        if not (there or back) and not (one.when and other.when):
            settled, free = (other, one) if one.when else (one, other)
            before = resource.slots_between(free.state, settled.state)
            after = resource.slots_between(settled.state, free.state)
            assert isinstance(settled.start, int)
            assert isinstance(settled.end, int)
            shut.setdefault(id(free), []).append([settled.start - before, settled.end + after])
        elif one.task == "":
            _follow(model, resource, one, other, there, None)
        else:
            first = model.new_bool_var("")
            _follow(model, resource, one, other, there, first)
            _follow(model, resource, other, one, back, ~first)
    for use in uses:
        for literal, length in use.lengths if id(use) in shut else ():
            starts = Domain.from_intervals([[start - length + 1, end - 1] for start, end in shut[id(use)]])
            model.add_linear_expression_in_domain(use.start, starts.complement()).only_enforce_if(literal)


def _follow(
    model: CpModel, resource: StateResource, one: _Use, other: _Use, between: list[_Use], first: BoolVarT | None
) -> None:
    slots = resource.slots_between(one.state, other.state)
    when: list[BoolVarT] = [*one.when, *other.when, *([] if first is None else [first])]
    if not between:
        model.add(other.start - one.end >= slots).only_enforce_if(when)
        return
    model.add(other.start >= one.end).only_enforce_if(when)
    stepping_stones = []
    for use in between:
        stone = model.new_bool_var("")
        model.add(use.start >= one.end).only_enforce_if(stone)
        model.add(other.start >= use.end).only_enforce_if(stone)
        for literal in use.when:
            model.add_implication(stone, literal)
        stepping_stones.append(stone)
    direct = model.new_bool_var("")
    model.add(other.start - one.end >= slots).only_enforce_if([*when, direct])
    model.add_bool_or([direct, *stepping_stones])


def _shortcuts(resource: StateResource, one: _Use, other: _Use, uses: list[_Use]) -> list[_Use]:
    """Uses of other states that may stand between the two, if the way over them can be shorter than the transition."""
    if not resource.slots_between(one.state, other.state):
        return []
    others = [
        use for use in uses if use.state not in (one.state, other.state) and use.task not in ("", one.task, other.task)
    ]
    shortest: dict[str, int] = {}
    for use in others:
        shortest[use.state] = min(shortest.get(use.state, use.shortest), use.shortest)
    states = [one.state, *shortest, other.state]
    way = {state: (0 if state == one.state else None) for state in states}
    for _ in states:
        for before in states[:-1]:
            length = way[before]
            if length is None:
                continue
            for after in states[1:]:
                if after != before:
                    reach = length + resource.slots_between(before, after) + shortest.get(after, 0)
                    known = way[after]
                    way[after] = reach if known is None else min(known, reach)
    direct = way[other.state]
    assert direct is not None
    return others if direct < resource.slots_between(one.state, other.state) else []
