"""Of what the engine prints, the lines that tell something."""

import re

from rich.markup import escape

from bentre_infra.engine.stack import Say
from bentre_infra.runtime.progress import Progress

_NOISE = re.compile(
    r"\s*$"
    r"|@ "  # a dot for each second
    r"|(Updating|Destroying|Refreshing|Previewing) \("
    r"|Duration:"
    r"|.* refresh \([\d.]+s\)$"
    r"| +[a-z][\w-]*:\S+ [^\s(]\S*$"  # the same as before
    # under way, and without an error, which would have a colon
    r"|.*\b(creating|updating|deleting|replacing|reading|refreshing|running)\b[^:]*$"
)


def essential(say: Say) -> Say:
    """Say what ended and what failed; leave out what merely goes on."""

    def filtered(line: str) -> None:
        if not _NOISE.match(line):
            say(line.rstrip())

    return filtered


def teller(progress: Progress) -> Say:
    """Tell the progress view what is essential; brackets of a line are no markup."""
    return essential(lambda line: progress.note(escape(line)))
