"""What the kernels read: the problem as flat arrays. In ragged lists those of i are x_first[i] to x_first[i + 1]."""

from __future__ import annotations

from dataclasses import dataclass

from .compiled import Flags, Int32s, Ints, Words
from .packs import Pack

NEVER = 2**40
"""Beyond every slot, also when added to or taken from another time."""


@dataclass(frozen=True)
class Tables(Pack):
    """Never changed. Times in slots, costs already multiplied by the objective's coefficients.

    A *row* is a profile over slots: of a resource, of a device type, or of a state of a state resource (each use in
    another state takes one). A *level* is an amount that some mode asks of a row, of a state's all; its bits tell the
    slots where the row has less. After the levels' bits come those of the calendars: the slots that are closed.
    """

    horizon: int
    stay: int
    # tasks
    release: Ints
    due: Ints
    deadline: Ints
    tardiness: Ints  # cost of a slot past due
    penalty: Ints  # cost of leaving it out; a needed task's exceeds all that can be lost elsewhere
    least: Ints  # what it costs at the least when it is in
    move: Ints
    baseline_start: Ints  # -1 for none
    baseline_mode: Ints
    campaign: Ints  # -1 for none
    cluster: Ints
    fixed_start: Ints  # -1 for none
    fixed_mode: Ints
    movable: Ints  # the tasks that are not fixed
    mode_first: Ints
    held_first: Ints  # places in Profile.held
    # modes, all tasks' in one row
    usable: Flags
    duration: Ints
    mode_cost: Ints
    calendar: Ints  # -1 for always
    pauses: Flags
    whole_first: Ints  # levels and calendars that must be clear from start to end
    whole: Ints
    working_first: Ints  # levels that must be clear in working slots only
    working: Ints
    use_first: Ints
    use_row: Ints
    use_amount: Ints
    use_before: Ints  # slots that the use reaches beyond the task
    use_after: Ints
    use_pauses: Flags  # given back in pauses
    demand_first: Ints
    demand_type: Ints
    demand_amount: Ints
    # rows and levels
    free: Int32s  # (rows, horizon), with nothing scheduled
    digits: Words  # (words, digits), the same in binary (digits.py)
    digit_first: Ints  # by row
    level_first: Ints
    level_amount: Ints
    is_state: Flags  # by row
    bits: Words  # (levels + calendars, words)
    row_task_first: Ints
    row_task: Ints
    # device types and devices
    type_row: Ints
    turnaround: Ints
    device_first: Ints
    busy: Words  # (words, devices), closures
    # calendars
    worked: Int32s
    place: Int32s
    # precedences by their after (in) and by their before (out)
    in_first: Ints
    in_task: Ints
    in_min: Ints
    in_max: Ints
    out_first: Ints
    out_task: Ints
    out_min: Ints
    out_max: Ints
    # groups
    cluster_first: Ints
    cluster_task: Ints
    campaign_first: Ints
    campaign_task: Ints
    floor: Ints  # by campaign, what it costs at the least as far as is known
