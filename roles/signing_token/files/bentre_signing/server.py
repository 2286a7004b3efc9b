"""Runs the applications under uvicorn; the service asks each client for a certificate."""

import asyncio
import logging
import os
import signal
import socket
import ssl
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .api import service, time_stamps
from .settings import ServiceSettings, TokenSettings, pin
from .token import Token

_GRACE = 20  # seconds for requests that are being answered when the process ends


def run(which: str) -> None:
    """Serve ``service`` or ``time-stamps`` until a signal comes.

    The token is opened here, in the process that uses it.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("bentre").setLevel(logging.INFO)
    for library in ("pyhanko", "pyhanko_certvalidator"):  # what is not valid is an answer, no fault
        logging.getLogger(library).setLevel(logging.CRITICAL)
    settings, token = ServiceSettings.read(), Token(TokenSettings.read(), pin())
    common: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "lifespan": "off",
        "ws": "none",
        "timeout_graceful_shutdown": _GRACE,
        "limit_concurrency": 256,
    }
    if which == "service":
        context = _context(settings)
        config = uvicorn.Config(
            service(settings, token),
            http=_named(frozenset([*settings.clients, settings.node])),
            ssl_context_factory=lambda *_: context,
            **common,
        )
        port = settings.port
    else:
        context = None
        config = uvicorn.Config(time_stamps(settings, token), http="h11", **common)
        port = settings.time_stamp_port
    sockets = [_listen(address, port) for address in settings.addresses]
    asyncio.run(_serve(Server(config), sockets, settings, context))


class Server(uvicorn.Server):  # type: ignore[misc]
    """Tells systemd when it answers (sd_notify(3))."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets=sockets)
        address = os.environ.get("NOTIFY_SOCKET", "")
        if address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
                systemd.sendto(b"READY=1", address.replace("@", "\0", 1))


async def _serve(
    server: Server,
    sockets: list[socket.socket],
    settings: ServiceSettings,
    context: ssl.SSLContext | None,
) -> None:
    def reload() -> None:
        if context:
            _load(context, settings)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    await server.serve(sockets=sockets)


def _named(clients: frozenset[str]) -> type[H11Protocol]:
    class Named(H11Protocol):  # type: ignore[misc]
        """Tells the application which of the allowed clients it talks to; None is none of them."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            names = (transport.get_extra_info("peercert") or {}).get("subjectAltName", ())
            known = sorted({name for kind, name in names if kind == "DNS"} & clients)
            self.app_state: dict[str, Any] = {
                **self.app_state,
                "client": known[0] if known else None,
            }

    return Named


def _context(settings: ServiceSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    _load(context, settings)
    return context


def _load(context: ssl.SSLContext, settings: ServiceSettings) -> None:
    """Take up new files; connections that are open keep what they have."""
    context.load_cert_chain(settings.certificate, settings.key)
    context.load_verify_locations(settings.client_authorities)
    if settings.client_revocations:
        context.load_verify_locations(settings.client_revocations)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening.bind((address, port))
    listening.listen(256)
    return listening
