"""Somebody in a unit's office; runs on the unit's router, in the network behind it.

office.py ask ADDRESS PORT            the status of an answer of HTTP on port 80; elsewhere
                                      open; refused; dropped after four seconds of silence
office.py session ADDRESS PORT FILE   one connection that asks twice a second; the number of
                                      answers stands in FILE; ends when the connection does
"""

import http.client
import socket
import sys
import time
from pathlib import Path

FEW = 4  # seconds


def ask(address: str, port: str) -> str:
    """Come once."""
    try:
        with socket.create_connection((address, int(port)), timeout=FEW):
            pass
    except ConnectionRefusedError:
        return "refused"
    except OSError:  # silence, or an error from the way
        return "dropped"
    if port != "80":
        return "open"
    portal = http.client.HTTPConnection(address, int(port), timeout=60)
    portal.request("GET", "/", headers={"Host": "batri.bentre.example"})
    return str(portal.getresponse().status)


def session(address: str, port: str, file: str) -> None:
    """Go on until the connection ends."""
    with socket.create_connection((address, int(port)), timeout=60) as mine:
        mine.settimeout(None)
        request = b"HEAD / HTTP/1.1\r\nHost: batri.bentre.example\r\n\r\n"
        answers = mine.makefile("rb")
        count = 0
        while True:
            mine.sendall(request)
            while (line := answers.readline()) != b"\r\n":
                if not line:
                    return
            count += 1
            Path(file).write_text(f"{count}\n")
            time.sleep(0.5)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "ask":
        print(ask(*arguments))
    else:
        session(*arguments)
