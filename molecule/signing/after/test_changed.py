"""After the roll-over of the seal's key."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import support
from support import ETC, PKI, ask, pdfsig, python, refused


def test_who_is_on_the_list_no_more_is_refused_and_still_asks_how_it_is(host):
    assert ask(host, "seal", "/var/tmp/plain.pdf") == "403"
    assert refused(host)["error"] == "not-allowed"
    assert ask(host, "health") == "200"


def test_the_old_certificate_is_gone_and_the_old_key_is_kept(host):
    assert host.check_output(f"ls {ETC}/certificates").split() == ["seal-2.pem", "time-stamps.pem"]
    done = python(
        host,
        "from bentre_signing import settings, token\n"
        "print(sorted(token.Token(settings.TokenSettings.read(), settings.pin()).names()))",
    )
    assert done.stdout.strip() == "['seal', 'seal-2', 'time-stamps']"


def test_the_new_key_seals_and_old_seals_hold(host):
    """Asked as the service itself would be: its list has no client of this scenario."""
    code = """
import asyncio, json
from pathlib import Path
from bentre_signing import seal, settings, token
from bentre_signing.certificates import chain_of
from bentre_signing.validate import validate
mine = settings.ServiceSettings.read()
opened = token.Token(settings.TokenSettings.read(), settings.pin())
chain = chain_of(mine.seal_key)
sealer = seal.Sealer(opened, mine.seal_key, chain, mine.time_stamp_url, mine.timeout)
new = asyncio.run(sealer.seal(Path("/var/tmp/plain.pdf").read_bytes(), "B-LT", {}))
Path("/var/tmp/new.pdf").write_bytes(new)
old = Path("/var/tmp/sealed.pdf").read_bytes()
print(json.dumps([asyncio.run(validate(d, mine.timeout)) for d in (new, old)]))
"""
    done = python(host, code)
    assert done.rc == 0, done.stderr
    new, old = json.loads(done.stdout)
    assert (new["valid"], old["valid"]) == (True, True)
    assert new["signatures"][0]["serial"] == support.serial(host, "seal-2").lstrip("0")
    assert old["signatures"][0]["serial"] != new["signatures"][0]["serial"]
    assert "Signature is Valid" in pdfsig(host, "/var/tmp/new.pdf")


def test_what_the_role_wrote_names_no_former_client(host):
    assert (
        support.name(host)
        not in json.loads(host.file(f"{ETC}/service.json").content_string)["clients"]
    )
    assert host.file(f"{PKI}/signing/key.pem").group == "bentre-signing"
