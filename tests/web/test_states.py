from schedtest.models import PlanState, RunState, State
from schedtest.web.states import LOOKS


def test_every_state_has_a_word_a_colour_and_an_icon() -> None:
    assert {*State, *RunState, *PlanState, "planned"} <= LOOKS.keys()


def test_states_that_mean_different_things_look_different() -> None:
    alike = {(look.colour, look.icon) for state, look in LOOKS.items() if state in set(State) | {"planned"}}
    ended = {State.REJECTED, State.WITHDRAWN, State.CANCELLED}  # one look, three words
    assert len(alike) == len(State) + 1 - len(ended) + 1
