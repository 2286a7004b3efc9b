"""Asks the service how it is: metrics for the node exporter, and an alarm when it does not seal."""

import datetime
import http.client
import ssl
from http import HTTPStatus
from pathlib import Path

from .certificates import chain_of
from .settings import ServiceSettings

METRICS = Path("/var/lib/prometheus/node-exporter")
_EXPIRY = "bentre_signing_certificate_expiry_timestamp_seconds"
_ALERT = "<1>"  # systemd's mark of a line at priority alert


def watch() -> int:
    """Look once; the exit code says whether something is wrong."""
    settings = ServiceSettings.read()
    wrong, counts = _asked(settings)
    lines = [f"bentre_signing_up {0 if wrong else 1}"]
    for key in (settings.seal_key, settings.time_stamp_key):
        end = chain_of(key)[0].not_valid_after
        lines.append(f'{_EXPIRY}{{key="{key}"}} {end.timestamp():.0f}')
        left = (end - datetime.datetime.now(datetime.UTC)).days
        if left < settings.warn_days:
            wrong.append(f"the certificate of {key} ends in {left} days")
    if METRICS.is_dir():
        file = METRICS / "bentre_signing.prom"
        new = file.with_suffix(".new")
        new.write_text("\n".join([*lines, counts]))
        new.chmod(0o644)
        new.rename(file)
    for line in wrong:
        print(f"{_ALERT}signing: {line}", flush=True)
    return 1 if wrong else 0


def _asked(settings: ServiceSettings) -> tuple[list[str], str]:
    """What is wrong with the service, and its counters."""
    # not create_default_context, whose demands differ between Debian 12 and 13
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(settings.client_authorities)
    context.load_cert_chain(settings.certificate, settings.key)
    answers = {}
    try:
        for path in ("health", "metrics"):
            asked = http.client.HTTPSConnection(
                settings.addresses[0], settings.port, timeout=60, context=context
            )
            asked.request("GET", f"/{path}")
            answer = asked.getresponse()
            answers[path] = (answer.status, answer.read().decode())
    except OSError as error:
        return [f"the service does not answer: {error}"], ""
    status, said = answers["health"]
    wrong = [] if status == HTTPStatus.OK else [f"nothing is sealed: {said[:500]}"]
    return wrong, answers["metrics"][1]
