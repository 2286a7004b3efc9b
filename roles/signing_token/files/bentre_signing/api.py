"""The two services as ASGI applications: seals and validation, and time stamps."""

import asyncio
import hashlib
import json
import logging
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pkcs11
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .certificates import chain_of, trust, usable
from .refusals import RefusedError
from .seal import LEVELS, Sealer
from .settings import ServiceSettings
from .timestamp import CONTENT_TYPE, TimeStampAuthority
from .token import Token
from .validate import validate

_LOG = logging.getLogger("bentre.signing")
WORK = ("seal", "sign", "validate")
_TEXT = 200  # characters of a reason or a location
_QUERY = 16384  # bytes of a request for a time stamp
_PATIENCE = 120  # seconds for a request to come in
T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


def service(settings: ServiceSettings, token: Token) -> Starlette:
    """``POST /seal``, ``POST /sign``, ``POST /validate``, ``GET /health``, ``GET /metrics``."""
    api = Service(settings, token)
    routes: list[tuple[str, Handler, str]]
    routes = [("seal", api.seal, "POST"), ("sign", api.sign, "POST")]
    routes += [("validate", api.validate, "POST")]
    routes += [("health", api.health, "GET"), ("metrics", api.metrics, "GET")]
    return Starlette(
        routes=[
            Route(f"/{path}", api.told(handler, path), methods=[method])
            for path, handler, method in routes
        ]
    )


class Service:
    """Answers clients that have shown a certificate."""

    def __init__(self, settings: ServiceSettings, token: Token) -> None:
        self._settings = settings
        chain = chain_of(settings.seal_key)
        self._serial = f"{chain[0].serial_number:X}"
        self._sealer = Sealer(
            token, settings.seal_key, chain, settings.time_stamp_url, settings.timeout
        )
        self._slots = asyncio.Semaphore(settings.at_once)
        self._counts = Counter[tuple[str, str]]()

    def told(self, handler: Handler, what: str) -> Handler:
        """Look who asks; what was asked and answered goes to the journal."""

        async def wrapped(request: Request) -> Response:
            entry: dict[str, Any] = {"asked": what, "client": request.state.client}
            request.state.entry = entry
            try:
                self._allowed(request.state.client, what)
                response = await handler(request)
                entry["outcome"] = "answered"
            except RefusedError as refusal:
                entry |= {"outcome": refusal.code, "detail": refusal.document["detail"]}
                response = JSONResponse(refusal.document, refusal.status)
            self._counts[what, entry["outcome"]] += 1
            if what != "metrics":
                _LOG.info(json.dumps(entry, ensure_ascii=False))
            if entry["outcome"] == "token-fault":
                start_anew()
            return response

        return wrapped

    def _allowed(self, client: str | None, what: str) -> None:
        """The node itself may ask how the service is, and nothing else."""
        if client not in self._settings.clients and (client is None or what in WORK):
            raise RefusedError("not-allowed")

    async def _work(self, job: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do it in a thread of its own: making a document takes the processor."""
        async with self._slots:
            return await asyncio.to_thread(lambda: asyncio.run(job()))

    async def seal(self, request: Request) -> Response:
        """Give the document back with a seal."""
        asked = request.query_params
        level = asked.get("level", LEVELS[-1])
        texts = {name: asked[name] for name in ("reason", "location") if name in asked}
        if level not in LEVELS:
            raise RefusedError("bad-request", f"level: {' or '.join(LEVELS)}")
        if any(len(text) > _TEXT or not text.isprintable() for text in texts.values()):
            raise RefusedError("bad-request", f"reason, location: one line of {_TEXT} characters")
        document = await _body(request, self._settings.megabytes * 2**20)
        sealed = await self._work(lambda: self._sealer.seal(document, level, texts))
        request.state.entry |= {
            "level": level,
            "document": _digest(document),
            "sealed": _digest(sealed),
            "certificate": self._serial,
            **texts,
        }
        return Response(sealed, media_type="application/pdf")

    async def sign(self, request: Request) -> Response:
        """Give a signature of any bytes, apart from them."""
        data = await _body(request, self._settings.megabytes * 2**20)
        signature = await self._work(lambda: self._sealer.sign(data))
        request.state.entry |= {"data": _digest(data), "certificate": self._serial}
        return Response(signature, media_type="application/pkcs7-signature")

    async def validate(self, request: Request) -> Response:
        """Say whether its signatures hold."""
        document = await _body(request, self._settings.megabytes * 2**20)
        result = await self._work(lambda: validate(document, self._settings.timeout))
        request.state.entry |= {"document": _digest(document), "result": result}
        return JSONResponse(result)

    async def health(self, _request: Request) -> Response:
        """Whether a document would be sealed now."""

        async def look() -> None:
            chain = self._sealer.chain()
            async with trust(chain[1:], self._settings.timeout) as context:
                await usable(chain, context)

        await self._work(look)
        await asyncio.to_thread(self._sealer.try_token)
        return JSONResponse({"seals": True})

    async def metrics(self, _request: Request) -> Response:
        """How often each was asked, and what came of it."""
        return PlainTextResponse(
            "".join(
                f'bentre_signing_requests_total{{asked="{what}",outcome="{outcome}"}} {n}\n'
                for (what, outcome), n in sorted(self._counts.items())
            )
        )


def time_stamps(settings: ServiceSettings, token: Token) -> Starlette:
    """``POST /``: time stamps by HTTP, as RFC 3161 has it; answers carry their own signature."""
    name = settings.time_stamp_key
    authority = TimeStampAuthority(token, name, chain_of(name), settings.time_stamp_policy)

    async def answer(request: Request) -> Response:
        try:
            asked = await _body(request, _QUERY)
            response, outcome = await asyncio.to_thread(authority.answer, asked)
        except RefusedError as refusal:
            return JSONResponse(refusal.document, refusal.status)
        except pkcs11.PKCS11Error:
            _LOG.exception("the token does not sign")
            start_anew()
            return JSONResponse(RefusedError("token-fault").document, 503)
        who = request.client.host if request.client else ""
        _LOG.info(json.dumps({"asked": "time-stamp", "client": who, "outcome": outcome}))
        return Response(response, media_type=CONTENT_TYPE)

    return Starlette(routes=[Route("/", answer, methods=["POST"])])


def start_anew() -> None:
    """End; systemd starts the process again, which opens the token anew."""
    os.kill(os.getpid(), signal.SIGTERM)


def _digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


async def _body(request: Request, most: int) -> bytes:
    """Read the document; no more of it than is allowed, and not for ever."""
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise RefusedError("too-large", f"{most} bytes at most")
    except TimeoutError as error:
        raise RefusedError("bad-request", f"it did not come in {_PATIENCE} seconds") from error
    return bytes(body)
