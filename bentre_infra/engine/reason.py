"""Why the engine failed, in one line, from all that it printed."""

import re

_ENDINGS = (" failed", "shutting down")
"""Errors that only say that there was another."""
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


def reason(printed: str) -> str:
    """The engine's own last error; where that only announces others, the first of them.

    Of a program that ended with an exception it is the exception, with the file and the line.
    """
    lines = printed.splitlines()
    found = [
        i
        for i, line in enumerate(lines)
        if line.strip().startswith("error:") and not line.strip().endswith(_ENDINGS)
    ]
    if not found:
        said = printed.strip().splitlines()
        return said[-1].strip() if said else "the engine failed without a word"
    last = found[-1]
    if lines[last].endswith("unhandled exception:"):
        return _exception(lines[last], lines[last + 1 :])
    while lines[last].endswith("occurred:") and last + 1 < len(lines):
        last += 1
    return lines[last].strip().lstrip("* ").removeprefix("error: ")


def _exception(error: str, after: list[str]) -> str:
    """The exception of the traceback that follows; its text begins where the error's does."""
    margin = error[: len(error) - len(error.lstrip())]
    said: list[str] = []
    where = ""
    for line in after:
        text = line.removeprefix(margin)
        if text.startswith("Traceback "):
            said = []
        elif frame := _FRAME.match(text.strip()):
            where = f"{frame['file']}, line {frame['line']}: "
            said = []
        elif not line.startswith(margin) or not text.strip():
            break
        elif not text.startswith(" "):
            said.append(text.strip())
    return where + (" ".join(said) or "the program failed")
