"""Say what is going on, and how long each phase took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from rich.console import Console


class Progress:
    """Progress of a long job: a spinner on a terminal, plain lines in a log.

    Everything goes to standard error, so that standard output stays for results.

    Attributes:
        phases: title and seconds of every phase that ended, in order of their end.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._lock = RLock()
        self._depth = 0
        self.phases: list[tuple[str, float]] = []

    @contextmanager
    def phase(self, title: str) -> Iterator[None]:
        """Print a title before and the seconds after; phases may nest and run in threads."""
        start = time.monotonic()
        with self._lock:
            self._say(f"[bold]{title}[/bold] …")
            self._depth += 1
        failed = True
        try:
            yield
            failed = False
        finally:
            seconds = time.monotonic() - start
            with self._lock:
                self._depth -= 1
                self.phases.append((title, seconds))
                mark = "[red]✗[/red]" if failed else "[green]✓[/green]"
                self._say(f"{mark} {title} [dim]{seconds:.1f} s[/dim]")

    def note(self, text: str) -> None:
        """Print one line that is no phase of its own."""
        with self._lock:
            self._say(text)

    def _say(self, text: str) -> None:
        self._console.print("  " * self._depth + text)
        sys.stderr.flush()
