#!/usr/bin/python3
"""Talk on a network.

    talk listen PORT … | ask ADDRESS PORT | session ADDRESS PORT FILE

A listener says to whoever comes under which address it sees them, and sends back what it hears.
``ask`` prints that address, or nothing when no connection came about in two seconds. ``session``
keeps one connection: it sends a line again and again, and writes how many came back into a file.
"""

import contextlib
import selectors
import socket
import sys
import time
from pathlib import Path

FEW = 2  # seconds


def listen(*ports: str) -> None:
    """Answer everybody."""
    watch = selectors.DefaultSelector()
    for port in map(int, ports):
        own = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
        watch.register(own, selectors.EVENT_READ, "accept")
    while True:
        for key, _ in watch.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if key.data == "accept":
                client, address = ready.accept()
                client.sendall(address[0].removeprefix("::ffff:").encode() + b"\n")
                watch.register(client, selectors.EVENT_READ, "client")
                continue
            data = b""
            with contextlib.suppress(OSError):
                data = ready.recv(1000)
                ready.sendall(data)
            if not data:
                watch.unregister(ready)
                ready.close()


def ask(address: str, port: str) -> None:
    """Connect once."""
    try:
        mine = socket.create_connection((address, int(port)), timeout=FEW)
    except OSError:  # silence, or an error from the way
        return
    with mine:
        mine.settimeout(60)
        print(mine.makefile().readline().strip())


def session(address: str, port: str, file: str) -> None:
    """Go on until the connection ends."""
    with socket.create_connection((address, int(port)), timeout=60) as mine:
        mine.settimeout(None)
        lines = mine.makefile()
        lines.readline()
        count = 0
        while True:
            mine.sendall(b"xin chao\n")
            if not lines.readline():
                return
            count += 1
            Path(file).write_text(f"{count}\n")
            time.sleep(0.1)


if __name__ == "__main__":
    {"listen": listen, "ask": ask, "session": session}[sys.argv[1]](*sys.argv[2:])
