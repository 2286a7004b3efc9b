"""Ctrl-C at any moment ends steps that run side by side."""

import signal
import subprocess
import sys

import pytest

from bentre_infra.runtime.interrupt import heard
from tests.waiting import PATIENCE

STORM = """
import random, signal

{work}

default = signal.default_int_handler
signal.signal(signal.SIGINT, default)


def alarm(*_):
    # between two pieces of work Python itself may lose it: in the callback of a weak reference
    if signal.getsignal(signal.SIGINT) is default:
        signal.setitimer(signal.ITIMER_REAL, 1e-4)
    else:
        signal.raise_signal(signal.SIGINT)


signal.signal(signal.SIGALRM, alarm)
heard = 0
for number in range(300):
    try:
        signal.setitimer(signal.ITIMER_REAL, random.Random(number).uniform(1e-4, 8e-3))
        while True:
            work()
    except KeyboardInterrupt:
        heard += 1
print(heard)
"""

WORK = {
    "graph": """
from bentre_infra.lab import graph

steps = [graph.Step(f"s{i}", lambda _: None, (f"s{i - 4}",) if i > 3 else ()) for i in range(40)]


def work():
    graph.run(steps)
""",
    "each": """
from bentre_infra.runtime.parallel import each


def work():
    each(lambda _: None, range(40))
""",
    "audit": """
from bentre_infra.compliance.gather import gather as audit
from bentre_infra.compliance.gather.request import Request
from bentre_infra.compliance.gather.transport import Target

audit.gather_host = lambda *_: {"commands": {}}
hosts = [(Target(f"node{i}", "node.example"), Request()) for i in range(40)]


def work():
    audit.gather(hosts)
""",
}


@pytest.mark.parametrize("what", WORK)
def test_ctrl_c_at_any_moment_ends_the_work(what):
    """CI once waited an hour: Ctrl-C had come while the lab's start held a future's lock."""
    done = subprocess.run(
        [sys.executable, "-c", STORM.replace("{work}", WORK[what])],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("300", "")


def test_a_second_ctrl_c_does_not_wait():
    told = []

    def impatient():
        with heard(lambda: told.append("once")):
            signal.raise_signal(signal.SIGINT)
            told.append("went on")
            signal.raise_signal(signal.SIGINT)
            told.append("did not")

    with pytest.raises(KeyboardInterrupt):
        impatient()
    assert told == ["once", "went on"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_that_nobody_took_up_is_raised_at_the_end():
    told = []

    def busy():
        with heard(lambda: None):
            signal.raise_signal(signal.SIGINT)
            told.append("went on")

    with pytest.raises(KeyboardInterrupt):
        busy()
    assert told == ["went on"]
