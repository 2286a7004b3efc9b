import io

import pytest
from rich.console import Console

from bentre_infra.runtime.progress import Progress


def test_phases_are_said_and_kept_even_when_one_fails():
    out = io.StringIO()
    progress = Progress(Console(file=out, highlight=False))

    def fail():
        with progress.phase("outer"):
            progress.note("a note")
            with progress.phase("inner"):
                raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert [title for title, _ in progress.phases] == ["inner", "outer"]
    lines = out.getvalue().splitlines()
    assert lines[:3] == ["outer …", "  a note", "  inner …"]
    assert lines[3].startswith("  ✗ inner ")
    assert lines[4].startswith("✗ outer ")
