"""What the collector reads, and what never leaves a host."""

import json
import subprocess
import sys

import pytest

from bentre_infra.compliance.gather import collector
from bentre_infra.compliance.gather.collector import accounts, older, redact
from bentre_infra.compliance.gather.request import COMMANDS, Request
from bentre_infra.compliance.gather.transport import NotReachedError, Running, parse, run_collector

SECRETS = [
    "password = hunter2hunter2",
    "dnpass: hunter2hunter2",
    'bindpw "hunter2hunter2"',
    "ldap_default_authtok_password=hunter2hunter2",
    "rocommunity hunter2hunter2",
    '"client_secret": "hunter2hunter2",',
    "postgresql://portal:hunter2hunter2@db/portal",
    "Authorization: Bearer hunter2hunter2",
    "an:$y$j9T$hunter2hunter2$abc:19000:0:60",
    "userPassword: {SSHA}hunter2hunter2",
    "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2 (cut off)",
    "api-key: hunter2hunter2",
    'secret "hunter2hunter2";',
]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_blacked_out(text):
    assert "hunter2" not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "passwordauthentication no",
        "permitrootlogin prohibit-password",
        "password requisite pam_pwquality.so retry=3",
        "password [success=1 default=ignore] pam_unix.so obscure yescrypt",
        "%sudo ALL=(ALL) NOPASSWD: ALL",
        "smtpd_sasl_password_maps = hash:/etc/postfix/x",
        "minlen = 14",
        "ssl_certificate_key /etc/bentre/pki/web/key.pem;",
    ],
)
def test_settings_stay_readable(text):
    assert redact(text) == text


def test_of_a_password_only_its_scheme_is_told(tmp_path):
    users, shadow = tmp_path / "passwd", tmp_path / "shadow"
    users.write_text("an:x:1000:1000:An:/home/an:/bin/bash\nbin:x:2:2::/bin:/usr/sbin/nologin\n")
    shadow.write_text("an:$y$j9T$salt$hunter2:20000:0:60:7:::\nbin:*:20000:0:99999:7:::\n")
    found = accounts(str(users), str(shadow))
    assert [(a["name"], a["scheme"], a["max_days"]) for a in found] == [
        ("an", "y", 60), ("bin", "locked", 99999),
    ]  # fmt: skip
    assert "hunter2" not in json.dumps(found)


@pytest.mark.parametrize(
    ("field", "scheme"),
    [("", "empty"), ("!", "locked"), ("!$6$a$b", "locked 6"), ("$1$a$b", "1"), ("abXYZ", "des")],
)
def test_scheme_of_a_hash(field, scheme):
    assert collector._scheme(field) == scheme


@pytest.mark.parametrize(("one", "other"), [
    ("1.0", "1.1"), ("1.9", "1.10"), ("1.0~rc1", "1.0"), ("1.0", "1:0.1"), ("1.0-1", "1.0-2"),
    ("2.36-9+deb12u9", "2.36-9+deb12u10"), ("1.0", "1.0+b1"), ("1.0a", "1.0+"),
    ("3.0.9-1", "3.0.13-1"), ("1.2-1~deb12u1", "1.2-1"), ("1", "1.0.1"),
])  # fmt: skip
def test_versions_are_compared_as_dpkg_does(one, other):
    assert older(one, other)
    assert not older(other, one)
    assert not older(one, one)
    for a, b, word in ((one, other, "lt"), (other, one, "gt")):
        subprocess.run(["dpkg", "--compare-versions", a, word, b], check=True)


def test_sources_of_both_forms_are_read():
    old = "# deb http://no x y\ndeb [signed-by=/k] http://a/debian x main\ndeb-src http://s x"
    new = "Types: deb deb-src\nURIs: http://b http://c\n\nTypes: deb-src\nURIs: http://d\n\n"
    off = "Types: deb\nURIs: http://e\nEnabled: no\n"
    assert collector._uris(old, stanzas=False) == ["http://a/debian"]
    assert collector._uris(new + off, stanzas=True) == ["http://b", "http://c"]


def test_the_text_that_is_sent_runs_with_the_standard_library_alone():
    code = collector.__spec__.loader.get_source(collector.__name__)
    assert "bentre" not in "".join(x for x in code.splitlines() if x.startswith(("import", "from")))
    facts = run_collector([sys.executable, "-IB", "-"], Request(deadline=20), Running())
    assert facts["version"] == 1
    assert set(facts["commands"]) == set(COMMANDS)


def test_nothing_that_is_asked_of_a_host_changes_it():
    """Programs that only read; what each would change has another name or another option."""
    writes = {"systemctl start", "systemctl enable", "apt-get install", "apt-get update", "nft add"}
    for argv in COMMANDS.values():
        words = " ".join(argv)
        assert not any(word in words for word in writes)
        if argv[:2] == ("apt-get", "-s") or argv[1:2] == ("indextargets",):
            continue
        assert argv[0] != "apt-get"
        assert argv[0] not in ("nginx", "sh", "bash") or argv == ("nginx", "-v")


def said(out=b"", err=b"", code=255):
    with pytest.raises(NotReachedError) as caught:
        parse(out, err, code)
    return str(caught.value)


def test_reasons_of_hosts_that_say_nothing():
    assert "ssh: " in said(err=b"ssh: connect to host x port 22: Connection refused")
    assert "no root without a password" in said(err=b"sudo: a password is required", code=1)
    assert said(err=b"sh: 1: exec: python3: not found", code=127) == "no Python 3 on the host"
    assert "middle of its answer" in said(collector.MARK.encode() + b'{"version": 1, "com', code=0)
    assert "version" in said(collector.MARK.encode() + b'{"version": 99}', code=0)
    assert "MB" in said(b"x" * 33_000_000)


def test_a_banner_before_the_facts_is_read_over():
    text = b"Welcome!\n" + collector.MARK.encode() + b'{"version": 1}\n'
    assert parse(text, b"", 0) == {"version": 1}


def test_a_host_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr("bentre_infra.compliance.gather.transport._GRACE", 1)
    with pytest.raises(NotReachedError, match="no answer after"):
        run_collector(["sleep", "600"], Request(deadline=0.2), Running())


def test_a_command_that_hangs_leaves_the_others_their_word():
    request = Request(deadline=3, extra={
        "commands": {"slow": {"argv": ["sleep", "600"], "timeout": 0.5},
                     "quick": {"argv": ["uname"]}, "none": {"argv": ["no-such-program"]}},
        "files": [], "sysctl": [], "tls": [], "http": [],
    })  # fmt: skip
    facts = run_collector([sys.executable, "-IB", "-"], request, Running())
    assert facts["commands"]["quick"]["out"] == "Linux\n"
    assert facts["commands"]["slow"]["rc"] is None
    assert facts["commands"]["none"] is None


def test_it_runs_under_the_oldest_python_that_nodes_have():
    for name in ("/usr/bin/python3.11", "/usr/bin/python3"):
        try:
            done = subprocess.run([name, "-IBc", "import sys; print(sys.version_info[:2])"],
                                  capture_output=True, text=True, check=True)  # fmt: skip
        except OSError:
            continue
        if "(3, 11)" in done.stdout:
            assert run_collector([name, "-IB", "-"], Request(), Running())["python"][:4] == "3.11"
            return
    pytest.skip("no Python 3.11 on this machine")
