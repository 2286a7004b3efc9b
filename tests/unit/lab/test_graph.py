import threading

import pytest

from bentre_infra.lab import graph
from bentre_infra.lab.graph import Step
from bentre_infra.runtime.errors import BentreError


def test_steps_run_after_what_they_need_and_side_by_side():
    done = []
    together = threading.Barrier(2, timeout=60)  # passes only if both are there at once

    def beside(name):
        def run(_):
            together.wait()
            done.append(name)

        return run

    graph.run(
        [
            Step("last", lambda _: done.append("last"), ("a", "b")),
            Step("a", beside("a"), ("first",)),
            Step("b", beside("b"), ("first",)),
            Step("first", lambda _: done.append("first")),
        ]
    )
    assert done[0] == "first"
    assert done[-1] == "last"
    assert sorted(done[1:3]) == ["a", "b"]


def test_a_failure_ends_the_others_and_starts_nothing_more():
    seen = []

    def waits(stop):
        seen.append(stop.wait(60))

    def fails(_):
        raise BentreError("no")

    with pytest.raises(BentreError, match="no"):
        graph.run(
            [
                Step("waits", waits),
                Step("fails", fails),
                Step("never", lambda _: seen.append("never"), ("fails",)),
            ]
        )
    assert seen == [True]


def test_a_circle_is_named():
    with pytest.raises(BentreError, match=r"wait for each other: .*a -> "):
        graph.order({"a": ["b"], "b": ["a"]})


def test_a_need_that_is_not_there_is_named():
    with pytest.raises(BentreError, match="a must start after 'b', which does not exist"):
        graph.order({"a": ["b"]})


def test_nothing_to_do_is_no_error():
    graph.run([])
