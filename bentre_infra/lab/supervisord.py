"""Start supervisord with one fault of its event loop mended; runs in the services' environment.

supervisord forgets to take a closed client's descriptor out of its poll set. When the number is
used again for a pipe to a service that has closed its end, poll(2) reports POLLERR for ever and
supervisord spins (Supervisor/supervisor#807). The lab asks supervisord often enough to meet it.
"""

import select

from supervisor import poller, supervisord


class Poller(poller.PollPoller):  # type: ignore[misc]  # supervisor has no types
    """Forgets a descriptor that has an error and nothing to read or write."""

    def _ignore_invalid(self, fd: int, eventmask: int) -> bool:
        if eventmask & select.POLLERR and not eventmask & (self.READ | self.WRITE):
            return bool(super()._ignore_invalid(fd, select.POLLNVAL))
        return bool(super()._ignore_invalid(fd, eventmask))


def main() -> None:
    """Run supervisord; its arguments are supervisord's own."""
    poller.Poller = Poller
    supervisord.main()


if __name__ == "__main__":
    main()
