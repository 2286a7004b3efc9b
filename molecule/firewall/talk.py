#!/usr/bin/python3
"""Talk on a network.

    talk listen PORT … | connect ADDRESS PORT COUNT WANTED | ask ADDRESS PORT | ping ADDRESS

``connect`` opens connections at once and keeps them; when as many as wanted are there (at most a
minute), it waits two seconds for more, and prints how many there are. ``ask`` sends a datagram,
again and again, and prints the answer. ``ping`` prints when its request is answered.
"""

import contextlib
import selectors
import socket
import struct
import sys
import time

PATIENCE = 60
MORE = 2


def listen(*ports: str) -> None:
    """TCP connections are kept until their client ends them, datagrams are sent back."""
    watch = selectors.DefaultSelector()
    for port in map(int, ports):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            own = socket.socket(socket.AF_INET6, kind)
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            own.bind(("::", port))
            if kind == socket.SOCK_STREAM:
                own.listen(100)
            does = "accept" if kind == socket.SOCK_STREAM else "datagram"
            watch.register(own, selectors.EVENT_READ, does)
    while True:
        for key, _ in watch.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if key.data == "accept":
                watch.register(ready.accept()[0], selectors.EVENT_READ, "client")
            elif key.data == "datagram":
                data, sender = ready.recvfrom(1000)
                ready.sendto(data, sender)
            elif not _read(ready):
                watch.unregister(ready)
                ready.close()


def _read(client: socket.socket) -> bytes:
    try:
        return client.recv(1000)
    except OSError:
        return b""


def connect(address: str, port: str, count: str, wanted: str) -> None:
    """Open so many connections at once."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    watch = selectors.DefaultSelector()
    opened = []
    for _ in range(int(count)):
        mine = socket.socket(family, socket.SOCK_STREAM)
        mine.setblocking(False)
        mine.connect_ex((address, int(port)))
        watch.register(mine, selectors.EVENT_WRITE)
        opened.append(mine)
    there, end = 0, time.monotonic() + (PATIENCE if int(wanted) else MORE)
    while watch.get_map() and time.monotonic() < end:
        before = there
        for key, _ in watch.select(0.2):
            mine = key.fileobj
            assert isinstance(mine, socket.socket)
            there += mine.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            watch.unregister(mine)
        if before < int(wanted) <= there:
            end = time.monotonic() + MORE
    print(there)


def ask(address: str, port: str) -> None:
    """Send a datagram, again and again, until it comes back."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    mine = socket.socket(family, socket.SOCK_DGRAM)
    mine.settimeout(1)
    for _ in range(PATIENCE):
        mine.sendto(b"xin chao", (address, int(port)))
        with contextlib.suppress(TimeoutError):
            print(mine.recv(1000).decode())
            return


def ping(address: str) -> None:
    """Send echo requests until one is answered: the image has no ping(8)."""
    six = ":" in address
    request, answer = (128, 129) if six else (8, 0)
    mine = socket.socket(
        socket.AF_INET6 if six else socket.AF_INET,
        socket.SOCK_RAW,
        socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP,
    )
    mine.settimeout(1)
    checksum = ~((request << 8) + 8) & 0xFFFF  # of the numbers below; the kernel's own on IPv6
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        mine.sendto(struct.pack("!BBHHH", request, 0, checksum, 7, 1), (address, 0))
        with contextlib.suppress(TimeoutError):
            while mine.recv(2000)[0 if six else 20] != answer:
                pass
            print("answered")
            return


if __name__ == "__main__":
    {"listen": listen, "connect": connect, "ask": ask, "ping": ping}[sys.argv[1]](*sys.argv[2:])
