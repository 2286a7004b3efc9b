"""Runs on a node with the signing service's own program: ``signing.py SECONDS ROUNDS DOCUMENT``.

Says, as JSON, how often a second each was done, in each round.
"""

import asyncio
import http.client
import json
import os
import ssl
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from asn1crypto import tsp
from bentre_signing.certificates import chain_of
from bentre_signing.seal import Sealer
from bentre_signing.settings import ServiceSettings, TokenSettings, pin
from bentre_signing.token import Token, mechanism_of

SETTINGS = ServiceSettings.read()
TOKEN = Token(TokenSettings.read(), pin())
CHAIN = chain_of(SETTINGS.seal_key)  # of one thread at a time
SEALER = Sealer(TOKEN, SETTINGS.seal_key, CHAIN, SETTINGS.time_stamp_url, SETTINGS.timeout)
DOCUMENT = Path(sys.argv[3]).read_bytes()


def token() -> None:
    """One signature as a seal has it, of data of a usual length."""
    TOKEN.sign(SETTINGS.seal_key, bytes(200), mechanism_of(CHAIN[0].public_key, pss=True))


def seal(level: str) -> None:
    """One seal in this process: certificates asked about, a time stamp fetched."""
    asyncio.run(SEALER.seal(DOCUMENT, level, {}))


def served() -> None:
    """One seal of the service, with a new connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(SETTINGS.client_authorities)
    context.load_cert_chain(SETTINGS.certificate, SETTINGS.key)
    asked = http.client.HTTPSConnection(
        SETTINGS.addresses[0], SETTINGS.port, timeout=60, context=context
    )
    asked.request("POST", "/seal?level=B-LT", DOCUMENT)
    answer = asked.getresponse()
    said = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise SystemExit(said.decode())
    asked.close()


def time_stamp() -> None:
    """One time stamp, with a new connection."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": os.urandom(32)}
    query = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
    asked = http.client.HTTPConnection(SETTINGS.addresses[0], SETTINGS.time_stamp_port, timeout=60)
    asked.request("POST", "/", query.dump(), {"Content-Type": "application/timestamp-query"})
    response = tsp.TimeStampResp.load(asked.getresponse().read())
    if response["status"]["status"].native != "granted":
        raise SystemExit(str(response["status"].native))
    asked.close()


def rate(work: Callable[[], None], seconds: float, at_once: int) -> float:
    """How often a second it is done, by so many at the same time."""
    work()
    begin = time.monotonic()

    def go_on(_: int) -> int:
        done = 0
        while time.monotonic() - begin < seconds:
            work()
            done += 1
        return done

    with ThreadPoolExecutor(at_once) as pool:
        done = sum(pool.map(go_on, range(at_once)))
    return done / (time.monotonic() - begin)


def main() -> None:
    """Each in turn, in each round."""
    seconds, rounds = float(sys.argv[1]), int(sys.argv[2])
    what: dict[str, tuple[Callable[[], None], int]] = {
        "token": (token, 1),
        "seal B-T": (lambda: seal("B-T"), 1),
        "seal B-LT": (lambda: seal("B-LT"), 1),
        "service B-LT": (served, SETTINGS.at_once),
        "time stamp": (time_stamp, SETTINGS.at_once),
    }
    told: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(rounds):
        for name, (work, at_once) in what.items():
            told[name].append(rate(work, seconds, at_once))
    print(json.dumps(told))


main()
