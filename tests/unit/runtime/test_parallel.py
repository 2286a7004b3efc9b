"""The same for many things, side by side."""

import threading

import pytest

from bentre_infra.runtime.parallel import each


def test_results_stand_in_the_order_of_the_items():
    second = threading.Event()

    def work(item):
        if item == 1:
            second.wait()
        else:
            second.set()
        return item * 10

    assert each(work, [1, 2]) == [10, 20]
    assert each(work, []) == []


def test_no_more_run_at_once_than_asked():
    lock, now, most = threading.Lock(), [0], [0]

    def work(_):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.01)
        with lock:
            now[0] -= 1

    each(work, range(20), 3)
    assert most[0] <= 3


def test_a_failure_ends_what_has_not_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 2:
            raise ValueError(item)
        if item > 2:
            threading.Event().wait(0.2)

    with pytest.raises(ValueError, match="2"):
        each(work, range(50), 1)
    # the one thread may take up the next before it hears of the failure
    assert begun[:3] == [0, 1, 2]
    assert len(begun) < 50
