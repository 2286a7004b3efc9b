"""The console log of a container as the text that a server wrote."""

from pathlib import Path

_FIELDS = 3  # before the text: time, stream, tag


def read_console(file: Path, lines: int) -> str:
    """The last lines of a log in the format k8s-file (conmon(8)), without its time stamps.

    A line that the writer has not ended yet carries the tag P; more of it may follow.
    """
    if not file.exists():
        return ""
    text = ""
    for entry in file.read_text(errors="replace").splitlines()[-lines:]:
        fields = entry.split(" ", _FIELDS)
        if len(fields) > _FIELDS:
            text += fields[_FIELDS] + ("" if fields[2] == "P" else "\n")
    # nova's RPC and API take the text as latin-1 (ComputeManager.get_console_output)
    return text.encode("latin-1", "replace").decode("latin-1")
