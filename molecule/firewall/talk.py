#!/usr/bin/python3
"""Talk on ports: ``listen PORT …`` | ``connect ADDRESS PORT COUNT WANTED`` | ``ask ADDRESS PORT``.

``connect`` opens connections at once and keeps them; when as many as wanted are there (at most 60
seconds), it waits for more, two seconds, and prints how many there are. With none wanted that is all
the time there is. ``ask`` sends a datagram and prints the answer.
"""

import selectors
import socket
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
            watch.register(own, selectors.EVENT_READ, "accept" if kind == socket.SOCK_STREAM else "datagram")
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
        try:
            print(mine.recv(1000).decode())
            return
        except TimeoutError:
            continue


if __name__ == "__main__":
    {"listen": listen, "connect": connect, "ask": ask}[sys.argv[1]](*sys.argv[2:])
