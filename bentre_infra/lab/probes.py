"""How the lab knows that a service does its job: one short question each."""

import http.client
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import amqp
import amqp.exceptions


class Probe(Protocol):
    """One question to a service.

    Attributes:
        pause: seconds to leave between two questions; a question costs the service's time too.
    """

    pause: ClassVar[float]

    def ready(self, timeout: float) -> bool:
        """Ask once; an answer that does not come within ``timeout`` seconds is a no."""
        ...


@dataclass(frozen=True)
class Tcp:
    """Something listens there."""

    pause: ClassVar[float] = 0.1
    host: str
    port: int

    def ready(self, timeout: float) -> bool:
        """Connect."""
        try:
            with socket.create_connection((self.host, self.port), timeout):
                return True
        except OSError:
            return False


@dataclass(frozen=True)
class UnixSocket:
    """Something listens at this path."""

    pause: ClassVar[float] = 0.05
    path: Path

    def ready(self, timeout: float) -> bool:
        """Connect."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                s.settimeout(timeout)
                s.connect(str(self.path))
                return True
        except OSError:
            return False


@dataclass(frozen=True)
class SocketFile:
    """A socket is there, for a listener that takes every connection for a request."""

    pause: ClassVar[float] = 0.1
    path: Path

    def ready(self, timeout: float) -> bool:  # noqa: ARG002  (as of every probe)
        """Look."""
        return self.path.is_socket()


@dataclass(frozen=True)
class Http:
    """An API answers; an error of its own (5xx) is no answer.

    uWSGI listens before it has loaded the application, so the answer comes when it has.
    """

    pause: ClassVar[float] = 0.2
    host: str
    port: int

    def ready(self, timeout: float) -> bool:
        """GET /, which every OpenStack API answers without a token."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass(frozen=True)
class Queue:
    """A worker takes its calls from RabbitMQ; before that, calls to it are lost.

    Attributes:
        name: the queue, as oslo.messaging names it: the topic, or the topic and the host.
        address: RabbitMQ's host and port.
        user: RabbitMQ's user.
        password_file: where its password stands.
    """

    pause: ClassVar[float] = 0.5
    name: str
    address: str
    user: str
    password_file: Path

    def ready(self, timeout: float) -> bool:
        """Ask for the queue without making it (AMQP 0-9-1 passive declare), and its consumers."""
        connection = amqp.Connection(
            self.address,
            userid=self.user,
            password=self.password_file.read_text(),
            connect_timeout=timeout,
            read_timeout=timeout,
        )
        try:
            connection.connect()
            declared = connection.channel().queue_declare(self.name, passive=True)
            return bool(declared.consumer_count > 0)
        except (OSError, amqp.exceptions.AMQPError):
            return False
        finally:
            connection.collect()
