"""The two services as ASGI applications: seals and validation, and time stamps."""

import asyncio
import hashlib
import json
import logging
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pkcs11
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .certificates import chain_of, trust, usable
from .problems import Problem
from .seal import LEVELS, Sealer
from .settings import ServiceSettings
from .timestamp import CONTENT_TYPE, TimeStampAuthority
from .token import Token
from .validate import validate

_LOG = logging.getLogger("bentre.signing")
_TEXT = 200  # characters of a reason or a location
Handler = Callable[[Request], Awaitable[Response]]


def service(settings: ServiceSettings, token: Token) -> Starlette:
    """``POST /seal``, ``POST /validate``, ``GET /health``, ``GET /metrics``."""
    chain = chain_of(settings.seal_key)
    sealer = Sealer(token, settings.seal_key, chain, settings.time_stamp_url, settings.timeout)
    slots, counts = asyncio.Semaphore(settings.at_once), Counter[tuple[str, str]]()

    async def work[T](job: Coroutine[Any, Any, T]) -> T:
        """Do it in a thread of its own: making a document takes the processor."""
        async with slots:
            return await asyncio.to_thread(asyncio.run, job)

    def told(handler: Handler, what: str) -> Handler:
        """Who may ask is looked at; what was asked and answered stands in the journal."""

        async def wrapped(request: Request) -> Response:
            client = request.state.client
            entry = {"asked": what, "client": client}
            try:
                if client is None:
                    raise Problem("not-allowed")
                response = await handler(request)
                outcome = "answered"
            except Problem as problem:
                outcome = problem.code
                entry["detail"] = problem.document["detail"]
                response = JSONResponse(problem.document, problem.status)
            counts[what, outcome] += 1
            if what != "metrics":
                entry |= {"outcome": outcome, **getattr(request.state, "entry", {})}
                _LOG.info(json.dumps(entry, ensure_ascii=False))
            if outcome == "token-fault":
                start_anew()
            return response

        return wrapped

    async def seal(request: Request) -> Response:
        level = request.query_params.get("level", LEVELS[-1])
        texts = {k: request.query_params[k] for k in ("reason", "location") if k in request.query_params}
        if level not in LEVELS:
            raise Problem("bad-request", f"level: {' or '.join(LEVELS)}")
        if any(len(text) > _TEXT or not text.isprintable() for text in texts.values()):
            raise Problem("bad-request", f"reason, location: one line of {_TEXT} characters")
        document = await _body(request, settings.megabytes)
        sealed = await work(sealer.seal(document, level, texts))
        request.state.entry = {
            "level": level,
            "document": _digest(document),
            "sealed": _digest(sealed),
            "certificate": f"{chain[0].serial_number:X}",
            **texts,
        }
        return Response(sealed, media_type="application/pdf")

    async def check(request: Request) -> Response:
        document = await _body(request, settings.megabytes)
        result = await work(validate(document, settings.timeout))
        request.state.entry = {"document": _digest(document), "result": result}
        return JSONResponse(result)

    async def health(_request: Request) -> Response:
        async def look() -> None:
            async with trust(chain[1:], settings.timeout) as context:
                await usable(chain, context)

        await work(look())
        await asyncio.to_thread(sealer.try_token)
        return JSONResponse({"seals": True})

    async def metrics(_request: Request) -> Response:
        return PlainTextResponse(
            "".join(
                f'bentre_signing_requests_total{{asked="{what}",outcome="{outcome}"}} {n}\n'
                for (what, outcome), n in sorted(counts.items())
            )
        )

    routes = {"seal": (seal, "POST"), "validate": (check, "POST")}
    routes |= {"health": (health, "GET"), "metrics": (metrics, "GET")}
    return Starlette(
        routes=[
            Route(f"/{path}", told(handler, path), methods=[method])
            for path, (handler, method) in routes.items()
        ]
    )


def time_stamps(settings: ServiceSettings, token: Token) -> Starlette:
    """``POST /``: time stamps by HTTP, as RFC 3161 has it; answers carry their own signature."""
    name = settings.time_stamp_key
    authority = TimeStampAuthority(token, name, chain_of(name), settings.time_stamp_policy)

    async def answer(request: Request) -> Response:
        try:
            asked = await _body(request, 1)
            response, outcome = await asyncio.to_thread(authority.answer, asked)
        except Problem as problem:
            return JSONResponse(problem.document, problem.status)
        except pkcs11.PKCS11Error:
            _LOG.exception("the token does not sign")
            start_anew()
            return JSONResponse(Problem("token-fault").document, 503)
        who = request.client.host if request.client else ""
        _LOG.info(json.dumps({"asked": "time-stamp", "client": who, "outcome": outcome}))
        return Response(response, media_type=CONTENT_TYPE)

    return Starlette(routes=[Route("/", answer, methods=["POST"])])


def start_anew() -> None:
    """End; systemd starts the process again, which opens the token anew."""
    os.kill(os.getpid(), signal.SIGTERM)


def _digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


async def _body(request: Request, megabytes: int) -> bytes:
    """Read the document; no more of it than is allowed."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > megabytes * 2**20:
            raise Problem("too-large", f"{megabytes} MiB at most")
    return bytes(body)
