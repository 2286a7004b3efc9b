"""nginx: TLS, headers, the application firewall."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    PKI,
    UNIT,
    address,
    blocked,
    curl,
    log_in,
    shake_hands,
)

HONEST = [
    "<p>BẾN TRE</p>",
    "Nghị định số 43/2011/NĐ-CP ngày 13/6/2011",
    "Nguyễn Thị Ánh Tuyết, số 8 đường Cách Mạng Tháng Tám, phường 3",
    "Đề nghị UBND xã: (1) xác nhận; (2) cấp bản sao <Giấy khai sinh>",
    "ẾẾẾ < ẾẾẾ > ỀỂỄ",
]
ATTACKS = [
    "' OR '1'='1' -- ",
    "1 UNION SELECT password FROM auth_user",
    "x'; DROP TABLE auth_user; --",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "../../../../etc/passwd",
    "BẾN TRE' UNION SELECT 1, version() --",
]
FORM = 'id="id_username"'
"""The program asks for a name and a password, again."""
US_ASCII = "%BCscript%BEalert(1)%BC/script%BE"
"""A tag as an old browser would have read it; it is no UTF-8."""


def searched(host, words):
    return curl(host, "/tim-kiem/", "-G", "--data-urlencode", f"q={words}")


@pytest.mark.parametrize("words", HONEST)
def test_vietnamese_passes(host, words):
    """Public reports coreruleset#2171, #2852: "Ế" ends in the byte 0xBE."""
    status, _, body = searched(host, words)
    assert status == 200
    assert words.replace("<", "&lt;").replace(">", "&gt;") in body
    status, _, body = log_in(host, "--data-urlencode", f"username={words}", "-d", "password=x")
    assert status == 200
    assert FORM in body
    parts = ["--form-string", f"username={words}", "-F", "password=x"]
    status, _, body = log_in(host, *parts, field="-F")
    assert status == 200
    assert FORM in body


@pytest.mark.parametrize("words", ATTACKS)
def test_attacks_do_not(host, words):
    assert blocked(searched(host, words))
    assert blocked(log_in(host, "--data-urlencode", f"username={words}", "-d", "password=x"))
    assert blocked(curl(host, "/", "-A", words))


def test_a_password_may_be_anything_and_is_in_no_log(host):
    secret = "' OR 1=1 -- mật khẩu thử"
    status, _, body = log_in(
        host, "-d", "username=nobody", "--data-urlencode", f"password={secret}"
    )
    assert status == 200
    assert FORM in body
    # the same field is looked into where it is no password
    assert blocked(curl(host, "/", "--data-urlencode", f"password={secret}"))


def test_bytes_that_are_no_text_are_refused(host):
    assert curl(host, f"/tim-kiem/?q={US_ASCII}")[0] == 400
    assert curl(host, "/admin/login/", "-d", f"username={US_ASCII}")[0] == 400
    # and are no way around for others
    assert curl(host, f"/tim-kiem/?q={US_ASCII}<script>")[0] in {400, 403}


def test_a_refusal_says_which_rule_matched(host):
    """In the journal, with the client's address."""
    host.check_output("journalctl --sync")
    before = host.check_output("date +%s")
    assert blocked(searched(host, ATTACKS[0]))
    host.check_output("journalctl --sync")
    said = host.check_output(f"journalctl -t nginx --since @{before} --no-pager -o cat")
    assert "Access denied with code 403" in said
    assert 'id "942100"' in said
    assert f"client: {address(host)}" in said


HEADERS = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
    "content-security-policy": "default-src 'none'",
}


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/khong-co/", 404), ("/?q=<script>alert(1)</script>", 403)]
)
def test_every_answer_has_the_headers_of_security(host, path, status):
    got, headers, _ = curl(host, path)
    assert got == status
    assert {name: headers[name][: len(value)] for name, value in HEADERS.items()} == HEADERS
    assert headers["server"] == "nginx"


def test_scripts_run_for_editors_alone(host):
    assert "script-src 'self'" in curl(host, "/admin/login/")[1]["content-security-policy"]
    assert "script" not in curl(host, "/")[1]["content-security-policy"]


def test_tls_and_http2(host):
    status, *_ = curl(host, "/", "--http2", "-w", "%{http_code}")
    assert status == 200
    said = shake_hands(host, "-alpn h2")
    assert "ALPN protocol: h2" in said
    assert "TLSv1.3" in said
    assert "alert protocol version" in shake_hands(host, "-tls1_1 -cipher DEFAULT@SECLEVEL=0")
    assert "handshake failure" in shake_hands(host, "-tls1_2 -cipher AES128-SHA")


def test_without_tls_one_is_sent_to_it(host):
    status, headers, _ = curl(host, f"http://{UNIT}/a?b=c")
    assert (status, headers["location"]) == (301, f"https://{UNIT}/a?b=c")


def test_other_names_are_not_answered(host):
    assert "unrecognized name" in shake_hands(host, site="nobody.example")
    assert curl(host, "http://nobody.example/")[0] == 0
    # by a known name in TLS and another one in HTTP
    assert curl(host, "/", "-k", "-H", "Host: nobody.example")[0] == 421


def test_health_is_not_told_outside(host):
    assert curl(host, "/health")[0] == 404


def test_the_program_answers_web_servers_alone(host):
    at = f"https://{address(host)}:8000/health"
    mine = f"--cert {PKI}/portal-web/certificate.pem --key {PKI}/portal-web/key.pem"
    asked = f"curl -sS --cacert {PKI}/authorities.pem -H 'Host: localhost' {at}"
    assert host.check_output(f"{asked} {mine}") == '{"status": "ok"}'
    refused = host.run(f"{asked} 2>&1; echo code $?").stdout
    assert "status" not in refused
    assert "code 0" not in refused


def test_whom_to_tell_of_a_weakness_is_said(host):
    """RFC 9116."""
    status, headers, body = curl(host, "/.well-known/security.txt")
    assert status == 200
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert "Contact: mailto:an-ninh@bentre.example\n" in body
    assert "Expires: 2099-12-31T23:59:59+07:00\n" in body
