from itertools import product

import pytest

from schedtest.models import ENDED, TRANSITIONS, State, TestRequest, WrongState
from tests.rows import MONDAY, hours

# Row: from. Column: to, in the order of the states. x: possible.
TABLE = """
              draft submitted returned approved not_placed booked under_way done rejected withdrawn cancelled
draft           .       x        .        .         .        .        .       .     .         x         .
submitted       .       .        x        x         .        .        .       .     x         x         .
returned        .       x        .        .         .        .        .       .     .         x         .
approved        .       x        x        .         x        x        .       .     x         x         .
not_placed      .       x        x        x         .        x        .       .     x         x         .
booked          .       .        .        x         x        .        x       .     .         .         x
under_way       .       .        .        .         x        x        .       x     .         .         x
done            .       .        .        .         .        .        .       .     .         .         .
rejected        .       .        .        .         .        .        .       .     .         .         .
withdrawn       .       .        .        .         .        .        .       .     .         .         .
cancelled       .       .        .        .         .        .        .       .     .         .         .
"""


def possible() -> dict[tuple[State, State], bool]:
    header, *lines = (line.split() for line in TABLE.strip().splitlines())
    return {
        (State(line[0]), State(to)): mark == "x" for line in lines for to, mark in zip(header, line[1:], strict=True)
    }


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_a_test_goes_from_state_to_state_as_the_table_says(before: State, after: State) -> None:
    request = TestRequest(state=before, state_since=MONDAY)
    if possible()[before, after]:
        request.move(after, hours(1))
        assert (request.state, request.state_since) == (after, hours(1))
    else:
        with pytest.raises(WrongState, match=f"{before} cannot become {after}"):
            request.move(after, hours(1))
        assert (request.state, request.state_since) == (before, MONDAY)


def test_every_state_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(State)


def test_what_has_ended_or_is_done_stays_so() -> None:
    assert {state for state, after in TRANSITIONS.items() if not after} == ENDED | {State.DONE}


def test_every_state_but_the_first_can_be_reached() -> None:
    assert set().union(*TRANSITIONS.values()) == set(State) - {State.DRAFT}


def test_no_test_is_booked_that_was_not_approved() -> None:
    assert {before for before, after in TRANSITIONS.items() if State.BOOKED in after} == {
        State.APPROVED,
        State.NOT_PLACED,
        State.UNDER_WAY,
    }
    assert {before for before, after in TRANSITIONS.items() if State.NOT_PLACED in after} == {
        State.APPROVED,
        State.BOOKED,
        State.UNDER_WAY,
    }
