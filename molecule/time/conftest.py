"""What tests of every step look at."""

import time

import pytest


@pytest.fixture
def table(host):
    """What chronyc prints for people who count: a row a line."""

    def rows(report: str, *, until=lambda _rows: True, patience: int = 120) -> list[list[str]]:
        """The rows, as soon as they are as a test wants them, or at the end of its patience."""
        end = time.monotonic() + patience
        while True:
            said = host.check_output(f"chronyc -n -c {report}")
            found = [line.split(",") for line in said.splitlines()]
            if until(found) or time.monotonic() > end:
                return found
            time.sleep(1)

    return rows
