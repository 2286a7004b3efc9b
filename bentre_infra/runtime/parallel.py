"""The same for many things, side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from bentre_infra.runtime.interrupt import Inbox


def each[T, R](work: Callable[[T], R], items: Iterable[T], at_once: int | None = None) -> list[R]:
    """Do ``work`` for every item in threads, and return the results in the items' order.

    Args:
        at_once: how many at most; all of them when it is None.

    Raises:
        Exception: what ``work`` raised first; those that had begun have ended, no other begins.
        KeyboardInterrupt: likewise.
    """
    asked = list(items)
    with Inbox[Future[R]]() as ended, ThreadPoolExecutor(at_once or len(asked) or 1) as pool:
        running = [pool.submit(work, item) for item in asked]
        try:
            for future in running:
                future.add_done_callback(ended.put)
            for _ in running:
                ended.get().result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in running]
