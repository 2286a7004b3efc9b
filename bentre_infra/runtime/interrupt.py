"""Ctrl-C for code that waits for threads: heard at once, raised where nothing is half done.

Python raises KeyboardInterrupt between any two instructions of the main thread, also while
concurrent.futures has taken the lock of a future there and is about to give it back. That lock is
then taken for ever, and whoever waits for the threads waits for ever.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import TracebackType


@contextmanager
def heard(tell: Callable[[], object]) -> Iterator[None]:
    """Within, the first Ctrl-C calls ``tell`` and interrupts nothing; a second one does, at once.

    In another thread than the main one nothing changes: Ctrl-C does not reach it.

    Args:
        tell: must be safe in a signal handler, as :meth:`queue.SimpleQueue.put` is.

    Raises:
        KeyboardInterrupt: at the end, when Ctrl-C was heard and nothing else was raised.
    """
    if not _python_hears():
        yield
        return
    count = 0

    def hear(_signal: int, _frame: object) -> None:
        nonlocal count
        count += 1
        if count > 1:
            raise KeyboardInterrupt
        tell()

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if count:
        raise KeyboardInterrupt


def _python_hears() -> bool:
    """Not where signals are somebody else's matter: another thread, or a process that ignores it.

    Within another ``heard`` it is that one's.
    """
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Inbox[T]:
    """What threads report, in the order in which it comes, and Ctrl-C among it.

    It is a context manager, within which Ctrl-C is heard here (:func:`heard`).
    """

    def __init__(self) -> None:
        # its put is safe in a signal handler, other than queue.Queue's
        self._queue: SimpleQueue[T | None] = SimpleQueue()
        self._heard = heard(lambda: self._queue.put(None))

    def put(self, item: T) -> None:
        """Report something, from any thread."""
        self._queue.put(item)

    def get(self) -> T:
        """Wait for the next report.

        Raises:
            KeyboardInterrupt: Ctrl-C came first.
        """
        item = self._queue.get()
        if item is None:
            raise KeyboardInterrupt
        return item

    def __enter__(self) -> "Inbox[T]":
        self._heard.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._heard.__exit__(kind, error, trace)
