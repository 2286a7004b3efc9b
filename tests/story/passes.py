"""Whether a session has told every story, and each to its good end."""

from pathlib import Path

import pytest

PASSED = pytest.StashKey[set[str]]()
"""Names of the stories of this session that passed."""


def all_passed(session: pytest.Session) -> bool:
    """Every story, none left out by an argument; one that Ctrl-C ended has passed as little."""
    chosen = session.config.option.keyword or session.config.option.markexpr
    if chosen or any("::" in argument for argument in session.config.args):
        return False
    stories = [item for item in session.items if item.get_closest_marker("story")]
    files = {item.path for item in stories}
    if files != set(Path(__file__).parent.glob("test_*.py")):
        return False
    return {item.nodeid for item in stories} == session.stash.get(PASSED, set())
