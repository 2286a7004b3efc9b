"""The portal."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from bentre_infra.compliance.checks.common import requires, shown
from bentre_infra.compliance.checks.control import Judge, control, not_assessed
from bentre_infra.compliance.facts.host import Host
from bentre_infra.site.text import LABEL

_TRACE = re.compile(
    r"Traceback \(most recent|at [\w.$]+\([\w]+\.java:\d+\)|Stack trace:|DEBUG = True|"
    r"Fatal error:.* on line|SQLSTATE\["
)


def _web_server(host: Host) -> None:
    here = host.listens(80, 443)
    requires(here, "no web server here", "không phải máy chủ web")


def _page(host: Host, path: str) -> dict[str, Any]:
    """The answer to a path, over TLS where there is TLS.

    Raises:
        NotAssessedError: there was none.
    """
    _web_server(host)
    port = 443 if host.listens(443) else 80
    pages = [p for p in host.pages(path, port) if "status" in p]
    if not pages:
        raise not_assessed(f"{port} {path}: no answer", f"{port} {path}: không phản hồi")
    return pages[0]


def _headers(page: dict[str, Any]) -> dict[str, str]:
    return dict(page["headers"])


@control("WEB-01")
def test_https_only(host: Host, judge: Judge) -> None:
    """80 leads to HTTPS; the certificate holds for 30 more days and names the site."""
    _web_server(host)
    plain = [p for p in host.pages("/", 80) if "status" in p]
    for page in plain:
        target = _headers(page).get("location", "")
        judge.expect(
            page["status"] in (301, 308) and target.startswith("https://"),
            "80: 301 to https",
            f"80: {page['status']} {target}".strip(),
            "pages are served in the clear",
            "trang được phục vụ không mã hóa",
        )
    certificate = host.certificate(443)
    judge.expect(
        certificate is not None,
        "443: TLS",
        "TLS" if certificate else "no TLS",
        "there is no HTTPS",
        "không có HTTPS",
    )
    if certificate is None:
        return
    end = certificate.not_valid_after_utc
    now = datetime.combine(judge.today, datetime.min.time(), UTC)
    judge.expect(
        end > now + timedelta(days=30),
        "> 30 d left",
        f"until {end:%Y-%m-%d}",
        "the certificate ends within 30 days",
        "chứng thư còn hạn dưới 30 ngày",
    )
    judge.expect(
        certificate.issuer != certificate.subject,
        "issued by an authority",
        "by itself" if certificate.issuer == certificate.subject else "by an authority",
        "the certificate is signed by itself",
        "chứng thư tự ký",
    )


@control("WEB-02")
def test_tls_profile(host: Host, judge: Judge) -> None:
    """Below TLS 1.2 and CBC with SHA-1 are refused (RFC 8996, RFC 9325)."""
    _web_server(host)
    told = host.tls(443)
    if told is None:
        judge.expect(False, "443: TLS", "nothing", "there is no HTTPS", "không có HTTPS")
        return
    old = (told.get("old") or {}).get("version")
    judge.expect(not old, "< 1.2 refused", old or "refused", f"takes {old}", f"chấp nhận {old}")
    weak = (told.get("weak") or {}).get("cipher")
    judge.expect(
        not weak,
        "CBC-SHA1, 3DES, RC4 refused",
        weak or "refused",
        f"takes {weak}",
        f"chấp nhận {weak}",
    )
    new = (told.get("new") or {}).get("version")
    judge.expect(
        new in ("TLSv1.2", "TLSv1.3"),
        "TLS 1.2 or 1.3",
        new or told.get("new", {}).get("error", "none"),
        "no TLS 1.2 or 1.3",
        "không có TLS 1.2, 1.3",
    )


@control("WEB-03")
def test_http_versions(host: Host, judge: Judge) -> None:
    """HTTP/1.1 answers; h2 is among what ALPN takes (a recommendation)."""
    page = _page(host, "/")
    judge.expect(
        page["status"] < 500,
        "HTTP/1.1 answers",
        f"{page['status']}",
        "HTTP/1.1 does not work",
        "HTTP/1.1 không hoạt động",
    )
    protocol = ((host.tls(443) or {}).get("new") or {}).get("alpn")
    judge.expect(
        protocol == "h2",
        "ALPN h2",
        f"ALPN {protocol}",
        "HTTP/2 is not offered (recommended)",
        "chưa hỗ trợ HTTP/2 (khuyến nghị)",
        partial=True,
    )


@control("WEB-04")
def test_web_application_firewall(host: Host, judge: Judge) -> None:
    """Probes of an injection and of a script are refused, Vietnamese text passes."""
    home = _page(host, "/")
    attacks = [p for p in host.pages() if "bentre-audit=" in p["path"] and "status" in p]
    hostile = [p for p in attacks if re.search("UNION|script", p["path"])]
    passed = [p["path"] for p in hostile if p["status"] not in (403, 406, 400)]
    judge.expect(
        bool(hostile) and not passed,
        "SQL injection, XSS: 403",
        shown(str(p["status"]) for p in hostile),
        "attacks pass the firewall, or there is none",
        "tấn công không bị chặn hoặc không có tường lửa ứng dụng",
    )
    kind = [p for p in attacks if p not in hostile]
    judge.expect(
        bool(kind) and all(p["status"] == home["status"] for p in kind),
        f"Vietnamese text: {home['status']}",
        shown(str(p["status"]) for p in kind),
        "Vietnamese text is taken for an attack",
        "chặn nhầm văn bản tiếng Việt",
    )


@control("WEB-05")
def test_security_headers(host: Host, judge: Judge) -> None:
    """HSTS of half a year, a content policy, nosniff; cookies are Secure and HttpOnly."""
    page = _page(host, "/")
    headers = _headers(page)
    age = re.search(r"max-age=(\d+)", headers.get("strict-transport-security", ""))
    judge.expect(
        age is not None and int(age[1]) >= 15_552_000,
        "HSTS max-age >= 15552000",
        headers.get("strict-transport-security", "none"),
        "browsers may come back in the clear (HSTS)",
        "thiếu HSTS hoặc thời hạn quá ngắn",
    )
    for name, word in (("content-security-policy", "-src"), ("x-content-type-options", "nosniff")):
        judge.expect(
            word in headers.get(name, ""),
            name,
            headers.get(name, "none")[:80],
            f"{name} is missing",
            f"thiếu {name}",
        )
    cookies = [v for k, v in page["headers"] if k == "set-cookie"]
    loose = [
        c.partition("=")[0]
        for c in cookies
        if not {"secure", "httponly"} <= {w.strip().lower() for w in c.split(";")}
    ]
    judge.expect(
        not loose,
        "cookies Secure, HttpOnly",
        shown(loose, f"{len(cookies)} cookies"),
        f"cookies without Secure or HttpOnly: {shown(loose)}",
        f"cookie thiếu Secure hoặc HttpOnly: {shown(loose)}",
    )


@control("WEB-06")
def test_domain_rule(host: Host, judge: Judge) -> None:
    """Names that are served are labels in ASCII under the province's domain (NĐ 224/2026)."""
    _web_server(host)
    names = _names(host)
    requires(names, "no names are served", "không có tên miền nào")
    domain = judge.site.public_domain
    known = (domain, *judge.site.former_domains)
    wrong = [n for n in names if not any(n == d or n.endswith(f".{d}") for d in known)]
    wrong += [n for n in names if not all(LABEL.fullmatch(p) for p in n.split("."))]
    judge.expect(
        not wrong,
        f"NAME.{domain}",
        shown(wrong, shown(names)),
        f"names outside of the rule: {shown(wrong)}",
        f"tên miền không đúng quy tắc: {shown(wrong)}",
    )


def _names(host: Host) -> list[str]:
    text = "\n".join(line for _, line in host.lines(r"/etc/nginx/.*"))
    found = re.findall(r"^server_name\s+([^;]+);", text, re.MULTILINE)
    return sorted({n for names in found for n in names.split() if "." in n and n[0] not in "~*"})


@control("WEB-07")
def test_sub_portals(host: Host, judge: Judge) -> None:
    """Every public name of the site's portal gives a page."""
    _web_server(host)
    names = [n for n in judge.site.names if n in _names(host)]
    requires(names, "serves none of the site's names", "không phục vụ tên miền của hệ thống")
    for name in names:
        status = next((p.get("status") for p in host.pages("/", 443) if p["host"] == name), None)
        judge.expect(
            status is not None and status < 400,
            f"{name}: a page",
            f"{name}: {status or 'no answer'}",
            f"{name} gives no page",
            f"{name} không có trang",
        )


@control("WEB-09")
def test_encoding(host: Host, judge: Judge) -> None:
    """The page says that it is UTF-8, and its text is composed (UAX 15)."""
    page = _page(host, "/")
    kind = _headers(page).get("content-type", "")
    judge.expect(
        "charset=utf-8" in kind.lower().replace(" ", ""),
        "charset=utf-8",
        kind or "none",
        "the page does not say that it is UTF-8",
        "trang không khai báo UTF-8",
    )
    judge.expect(
        unicodedata.is_normalized("NFC", page["body"]) and "\ufffd" not in page["body"],
        "NFC text",
        "NFC" if unicodedata.is_normalized("NFC", page["body"]) else "decomposed",
        "the text is not composed, or no UTF-8",
        "chữ Việt không ở dạng dựng sẵn hoặc sai mã",
    )


@control("WEB-11")
def test_controlled_errors(host: Host, judge: Judge) -> None:
    """A page that is not there tells no version and no trace."""
    page = _page(host, "/khong-co-trang-nay-bentre-audit")
    headers = _headers(page)
    told = f"{headers.get('server', '')} {headers.get('x-powered-by', '')}".strip()
    judge.expect(
        not re.search(r"\d", told),
        "no version in Server",
        told or "none",
        "the server tells its version",
        "máy chủ lộ phiên bản",
    )
    body = page["body"]
    inside = _TRACE.search(body) or re.search(r"(nginx|Apache|Django|PHP)/\d", body)
    judge.expect(
        inside is None,
        "no trace in the page",
        inside[0][:60] if inside else "none",
        "errors tell of the inside",
        "trang lỗi lộ thông tin bên trong",
    )


@control("WEB-12")
def test_report_channel(host: Host, judge: Judge) -> None:
    """security.txt has a contact, and its end has not come (RFC 9116)."""
    page = _page(host, "/.well-known/security.txt")
    body = page["body"] if page["status"] == 200 else ""
    judge.expect(
        re.search(r"^Contact:\s*\S", body, re.MULTILINE) is not None,
        "Contact",
        "named" if "Contact:" in body else f"{page['status']}",
        "nobody says whom to tell of a weakness",
        "không công bố kênh tiếp nhận lỗ hổng",
    )
    end = re.search(r"^Expires:\s*(\d{4}-\d{2}-\d{2})", body, re.MULTILINE)
    judge.expect(
        end is not None and end[1] > judge.today.isoformat(),
        "Expires after today",
        end[1] if end else "none",
        "security.txt has ended, or says no end",
        "security.txt hết hạn hoặc không ghi hạn",
    )


@control("WEB-13")
def test_no_development_files(host: Host, judge: Judge) -> None:
    """/.git/HEAD and /.env are not served."""
    for path, mark in (("/.git/HEAD", "ref:"), ("/.env", "=")):
        page = _page(host, path)
        served = page["status"] == 200 and mark in page["body"] and "<html" not in page["body"]
        judge.expect(
            not served,
            f"{path}: not served",
            f"{path}: {page['status']}",
            f"{path} is served",
            f"{path} bị lộ",
        )
