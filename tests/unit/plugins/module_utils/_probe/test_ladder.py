"""The search for a timeout, on paths that are a number."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._probe.ladder import MOST_ROUNDS, Ladder
from hypothesis import given
from hypothesis import strategies as st


def climb(ladder, timeout):
    """Ask a path that forgets after `timeout` seconds; as in a real round nothing longer than what dies first
    is told."""
    while ladder.next():
        rungs = ladder.next()
        lived, died = [rung for rung in rungs if rung < timeout], [rung for rung in rungs if rung >= timeout]
        ladder.add(lived, died[:1])
    return ladder


@given(st.floats(0.5, 899))
def test_at_default_settings_four_rounds_are_enough(timeout):
    ladder = climb(Ladder(900, 0.1, 8), timeout)
    assert ladder.rounds <= MOST_ROUNDS
    assert ladder.lived < timeout <= ladder.died
    assert ladder.died - ladder.lived <= 0.1 * ladder.died + 0.001
    assert abs(ladder.estimate - timeout) <= 0.06 * timeout + 0.1


@pytest.mark.parametrize("longest", [1, 7, 900])
def test_a_path_that_forgets_nothing_takes_one_round(longest):
    ladder = climb(Ladder(longest, 0.1, 8), 10**6)
    assert (ladder.rounds, ladder.lived, ladder.died, ladder.estimate) == (1, longest, None, None)


def test_the_first_round_is_the_users_and_the_second_goes_on_above_it():
    ladder = Ladder(100, 0.1, 4, [20, 10])
    assert ladder.next() == [10, 20]
    ladder.add([10, 20], [])
    assert ladder.next()[-1] == 100 and ladder.next()[0] > 20


def test_a_death_that_a_longer_life_contradicts_does_not_count():
    ladder = Ladder(100, 0.1, 2, [10, 20])
    ladder.add([20.0], [10.0])
    assert (ladder.lived, ladder.died) == (20.0, None)


@given(
    st.integers(1, 12),
    st.floats(1, 5000),
    st.lists(st.tuples(st.lists(st.floats(0.1, 900)), st.lists(st.floats(0.1, 900)))),
)
def test_whatever_happens_the_search_ends(width, longest, answers):
    ladder = Ladder(longest, 0.1, width)
    for lived, died in answers + [([], [])] * MOST_ROUNDS:
        if ladder.next():
            assert len(ladder.next()) <= width and all(
                0 < rung <= max(longest, ladder.died or 0) for rung in ladder.next()
            )
            ladder.add(lived, died)
    assert ladder.rounds <= MOST_ROUNDS
