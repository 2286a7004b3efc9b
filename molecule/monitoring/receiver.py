"""A receiver of alarms: keeps what Alertmanager sends, one JSON document a line."""

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

RECEIVED = Path("/var/tmp/alarms.jsonl")


class Server(HTTPServer):
    """Listens at the loopback of IPv6."""

    address_family = socket.AF_INET6


class Receiver(BaseHTTPRequestHandler):
    """Keeps each body."""

    def do_POST(self) -> None:
        """Append the document to the file."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with RECEIVED.open("ab") as file:
            file.write(body.strip() + b"\n")
        self.send_response(200)
        self.end_headers()


RECEIVED.touch()
Server(("::1", 8999), Receiver).serve_forever()
