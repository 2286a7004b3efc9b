"""Mail."""

import re

from bentre_infra.compliance.checks.common import requires, shown
from bentre_infra.compliance.checks.control import Judge, control, not_assessed
from bentre_infra.compliance.checks.test_srv import judge_retention
from bentre_infra.compliance.facts.host import Host

_TLS_PORTS = (25, 465, 587, 993, 995)


def _mail_server(host: Host) -> None:
    here = host.listens(25, 465, 587, 110, 143, 993, 995) or host.has("postfix")
    requires(here, "no mail server here", "không phải máy chủ thư")


def _store(host: Host) -> None:
    requires(host.has("dovecot"), "no mailboxes here", "máy không chứa hộp thư")


def _transfer(host: Host) -> None:
    requires(host.has("postfix"), "no Postfix here", "không có Postfix")


@control("MAIL-01")
def test_protocol_set(host: Host, judge: Judge) -> None:
    """SMTP, and mailboxes by IMAP and by POP3 (TT 39/2017 1.5, 1.6)."""
    _mail_server(host)
    for name, ports in (("SMTP", (25, 465, 587)), ("IMAP", (143, 993)), ("POP3", (110, 995))):
        judge.expect(
            bool(host.listens(*ports)),
            name,
            shown(host.listens(*ports), f"no {name}"),
            f"{name} is not offered",
            f"không cung cấp {name}",
        )


@control("MAIL-02")
def test_secured_access(host: Host, judge: Judge) -> None:
    """465, and 993 or 995, speak TLS at once (RFC 8314)."""
    _mail_server(host)
    versions = {p: ((host.tls(p) or {}).get("new") or {}).get("version") for p in (465, 993, 995)}
    judge.expect(
        bool(versions[465]),
        "465: TLS",
        f"465: {versions[465] or 'no TLS'}",
        "nobody can send over TLS from the first byte (465)",
        "không gửi được thư qua cổng 465 (TLS)",
    )
    judge.expect(
        bool(versions[993] or versions[995]),
        "993 or 995: TLS",
        f"993: {versions[993]}, 995: {versions[995]}",
        "nobody can read over TLS from the first byte",
        "không đọc được thư qua 993 hoặc 995 (TLS)",
    )


@control("MAIL-03")
def test_tls_version(host: Host, judge: Judge) -> None:
    """A handshake below TLS 1.2 is refused at every port (RFC 8996)."""
    _mail_server(host)
    seen = {p: told for p in _TLS_PORTS if (told := host.tls(p))}
    if not seen:
        raise not_assessed("no port of mail answered", "không cổng thư nào phản hồi")
    for port, told in seen.items():
        if told.get("starttls") is False:
            judge.expect(
                port != 587,
                f"{port}: STARTTLS",
                f"{port}: none",
                f"{port}: no STARTTLS",
                f"{port}: không có STARTTLS",
            )
            continue
        old = (told.get("old") or {}).get("version")
        judge.expect(
            not old,
            f"{port}: < 1.2 refused",
            f"{port}: {old or 'refused'}",
            f"{port} takes {old}",
            f"{port} chấp nhận {old}",
        )
        new = (told.get("new") or {}).get("version")
        judge.expect(
            new in ("TLSv1.2", "TLSv1.3"),
            f"{port}: 1.2 or 1.3",
            f"{port}: {new}",
            f"{port} does not take TLS 1.2 or 1.3",
            f"{port} không nhận TLS 1.2, 1.3",
        )


@control("MAIL-04")
def test_no_cleartext_login(host: Host, judge: Judge) -> None:
    """Postfix asks for TLS before AUTH, Dovecot before a password (2.3 and 2.4 name it so)."""
    _mail_server(host)
    if host.has("postfix"):
        value = host.assignments("postfix").get("smtpd_tls_auth_only")
        sasl = "smtpd_sasl_auth_enable = yes" in host.out("postfix") or re.search(
            r"-o\s+smtpd_sasl_auth_enable=yes", host.out("postfix_services")
        )
        loose = re.search(r"-o\s+smtpd_tls_auth_only=no", host.out("postfix_services"))
        judge.expect(
            (value == "yes" or not sasl) and not loose,
            "smtpd_tls_auth_only = yes",
            f"smtpd_tls_auth_only = {value}{' (no in master.cf)' if loose else ''}",
            "Postfix takes passwords in the clear",
            "Postfix nhận mật khẩu không mã hóa",
        )
    if host.has("dovecot"):
        settings = host.assignments("dovecot")
        # what doveconf -n leaves out is the default: both are safe
        clear = (
            settings.get("disable_plaintext_auth") == "no"
            or settings.get("auth_allow_cleartext") == "yes"
            or settings.get("ssl") == "no"
        )
        judge.expect(
            not clear,
            "Dovecot: no password in the clear",
            "in the clear" if clear else "TLS first",
            "Dovecot takes passwords in the clear",
            "Dovecot nhận mật khẩu không mã hóa",
        )


@control("MAIL-05")
def test_no_open_relay(host: Host, judge: Judge) -> None:
    """A stranger's probe is refused with 5xx or 4xx at RCPT, on each address that was tried."""
    _transfer(host)
    networks = host.assignments("postfix").get("mynetworks", "")
    judge.expect(
        not re.search(r"(0\.0\.0\.0|\[?::\]?)/0", networks),
        "mynetworks is not everybody",
        networks or "empty",
        "everybody is taken for the own network",
        "mọi địa chỉ đều được coi là mạng nội bộ",
    )
    tried = host.reach(25, "relay")
    if not tried:
        raise not_assessed(
            "no other host was there to try to relay", "không có máy khác để thử chuyển tiếp"
        )
    for one in tried:
        answer = next((a for a in one.get("answers", []) if a.startswith("RCPT")), "")
        code = answer.partition("-> ")[2][:3]
        reached = one["result"] == "open" and bool(answer)
        judge.expect(
            not reached or code[:1] in ("4", "5"),
            f"{one['address']}: RCPT refused",
            f"{one['address']}: {code or one['result']}",
            f"the server relays between strangers ({one['address']})",
            f"máy chủ chuyển tiếp thư của người ngoài ({one['address']})",
        )


def _texts(host: Host, name: str) -> list[str]:
    answers = host.names(name, "TXT")
    if not answers or any("error" in a for a in answers):
        said = answers[0].get("error") if answers else "not asked"
        raise not_assessed(f"{name} TXT: {said}", f"{name} TXT: không tra cứu được")
    return [text for a in answers for kind, text in a["answers"] if kind == "TXT"]


@control("MAIL-06")
def test_spf(host: Host, judge: Judge) -> None:
    """One record that ends in -all and needs at most ten look-ups (RFC 7208)."""
    records = [t for t in _texts(host, judge.site.public_domain) if t.startswith("v=spf1")]
    judge.expect(
        len(records) == 1,
        "one v=spf1",
        f"{len(records)}",
        "there is no SPF record, or more than one",
        "không có hoặc có nhiều bản ghi SPF",
    )
    for record in records[:1]:
        judge.expect(
            record.rstrip().endswith("-all"),
            "-all",
            record,
            "others may send for the domain",
            "nguồn khác vẫn được gửi thư thay tên miền",
        )
        lookups = len(re.findall(r"\b(include:|a\b|mx\b|ptr\b|exists:|redirect=)", record))
        judge.expect(
            lookups <= 10,
            "<= 10 look-ups",
            f"{lookups}",
            "SPF needs too many look-ups",
            "SPF cần quá nhiều lần tra cứu",
        )


@control("MAIL-07")
def test_dkim(host: Host, judge: Judge) -> None:
    """A filter signs what goes out, with a key of 2048 bits or more (RFC 8301, RFC 8463)."""
    _transfer(host)
    signers = host.active(r"rspamd\.service", r"opendkim\.service", r"amavis.*\.service")
    milters = host.assignments("postfix").get("smtpd_milters", "")
    judge.expect(
        bool(signers and milters),
        "a signing milter",
        f"{shown(signers)}; smtpd_milters = {milters or 'none'}",
        "nothing signs mail that goes out",
        "thư đi không được ký DKIM",
    )
    text = host.texts(r"/etc/rspamd/(local|override)\.d/dkim_signing\.conf")
    if not signers:
        return
    judge.expect(
        bool(re.search(r"selector", text)) and "enabled = false" not in text,
        "dkim_signing: a selector",
        "set" if "selector" in text else "none",
        "the filter has no key to sign with",
        "bộ lọc không có khóa để ký",
    )


@control("MAIL-08")
def test_dmarc(host: Host, judge: Judge) -> None:
    """P=quarantine or reject, and an address for reports (RFC 7489)."""
    domain = judge.site.public_domain
    records = [t for t in _texts(host, f"_dmarc.{domain}") if t.startswith("v=DMARC1")]
    policy = re.search(r"\bp=(\w+)", records[0])[1] if records else "none"  # type: ignore[index]
    judge.expect(
        len(records) == 1 and policy in ("quarantine", "reject"),
        "p=quarantine or reject",
        f"p={policy}" if records else "no record",
        "others are not asked to refuse forged mail",
        "không yêu cầu từ chối thư giả mạo",
    )
    judge.expect(
        bool(records) and "rua=mailto:" in records[0],
        "rua=mailto:",
        shown(records),
        "nobody is told of forged mail",
        "không nhận báo cáo thư giả mạo",
    )


@control("MAIL-09")
def test_old_domains_locked(host: Host, judge: Judge) -> None:
    """Former domains have SPF -all and DMARC reject (RFC 7208 10.1.2, M3AAWG's parked domains)."""
    domains = judge.site.former_domains
    requires(domains, "no domain has ended", "không có tên miền cũ")
    for domain in domains:
        spf = [t for t in _texts(host, domain) if t.startswith("v=spf1")]
        judge.expect(
            spf == ["v=spf1 -all"],
            f"{domain}: v=spf1 -all",
            f"{domain}: {shown(spf)}",
            f"mail may be sent from {domain}",
            f"vẫn gửi được thư từ {domain}",
        )
        dmarc = [t for t in _texts(host, f"_dmarc.{domain}") if "p=reject" in t.replace(" ", "")]
        judge.expect(
            bool(dmarc),
            f"{domain}: p=reject",
            f"{domain}: {shown(dmarc)}",
            f"forged mail from {domain} is not refused",
            f"thư giả mạo {domain} không bị từ chối",
        )


@control("MAIL-10")
def test_spam_and_malware(host: Host, judge: Judge) -> None:
    """A filter and a scanner look at mail, and without them nothing is taken."""
    _transfer(host)
    settings = host.assignments("postfix")
    filters = settings.get("smtpd_milters", "") + settings.get("content_filter", "")
    running = host.active(r"rspamd\.service", r"amavis.*\.service", r"spamassassin.*\.service")
    judge.expect(
        bool(filters and running),
        "a filter, and Postfix asks it",
        f"{shown(running)}; {filters or 'not asked'}",
        "mail is not checked for junk",
        "thư không được lọc rác",
    )
    judge.expect(
        settings.get("milter_default_action", "tempfail") in ("tempfail", "reject"),
        "milter_default_action = tempfail",
        settings.get("milter_default_action", "tempfail"),
        "mail passes unchecked when the filter is away",
        "thư được nhận khi bộ lọc không hoạt động",
    )
    scanner = host.active(r"clamav-daemon\.service")
    asked = re.search(r"clamav|clamd", host.texts(r"/etc/rspamd/(local|override)\.d/.*"))
    judge.expect(
        bool(scanner) and asked is not None,
        "ClamAV, and the filter asks it",
        f"{shown(scanner)}; {'asked' if asked else 'not asked'}",
        "mail is not checked for malware",
        "thư không được quét mã độc",
    )


@control("MAIL-11")
def test_attachments(host: Host, judge: Judge) -> None:
    """Postfix or Rspamd refuses what can be run: .exe and .js at the least."""
    _transfer(host)
    text = host.texts(r"/etc/postfix/(mime_)?header_checks") + host.texts(
        r"/etc/rspamd/(local|override)\.d/mime_types\.conf"
    )
    missing = [word for word in ("exe", "js") if not re.search(rf"\b{word}\b", text)]
    judge.expect(
        not missing,
        ".exe, .js refused",
        f"no rule for {shown(missing)}" if missing else "refused",
        f"attachments that can be run pass: {shown(missing)}",
        f"cho qua tệp thực thi: {shown(missing)}",
    )


@control("MAIL-12")
def test_outbound_rate(host: Host, judge: Judge) -> None:
    """Postfix (anvil) or Rspamd (ratelimit) limits what one client or account sends."""
    _transfer(host)
    settings = host.assignments("postfix")
    names = ("smtpd_client_message_rate_limit", "smtpd_client_recipient_rate_limit")
    limits = {name: settings.get(name, "0") for name in names}
    services = re.findall(
        r"-o\s+smtpd_client_(?:message|recipient)_rate_limit=(\S+)", host.out("postfix_services")
    )
    filters = host.texts(r"/etc/rspamd/(local|override)\.d/ratelimit\.conf")
    judge.expect(
        any(v not in ("0", "") for v in [*limits.values(), *services]) or "bucket" in filters,
        "a limit",
        shown(f"{k} = {v}" for k, v in limits.items()),
        "an account that was taken over may send without end",
        "tài khoản bị chiếm có thể gửi thư không giới hạn",
    )


@control("MAIL-13")
def test_no_external_forwarding(host: Host, judge: Judge) -> None:
    """Sieve sends nothing on (sieve_max_redirects = 0), or people have no sieve."""
    _store(host)
    settings = host.assignments("dovecot")
    out = host.out("dovecot")
    sieve = re.search(r"\b(managesieve|imap_sieve|\bsieve\b)", out) is not None
    most = settings.get("sieve_max_redirects", settings.get("sieve_redirect_max", "4"))
    judge.expect(
        not sieve or most == "0",
        "no sieve, or sieve_max_redirects = 0",
        f"sieve_max_redirects = {most}" if sieve else "no sieve",
        "people can have their mail sent on to anybody",
        "người dùng tự chuyển tiếp được thư ra ngoài",
    )


@control("MAIL-14")
def test_quota_and_size(host: Host, judge: Judge) -> None:
    """Messages of at most 20 to 30 MB (on the wire, a third more), mailboxes with a quota."""
    _mail_server(host)
    if host.has("postfix"):
        size = int(host.assignments("postfix").get("message_size_limit", "0") or 0)
        judge.expect(
            20_000_000 <= size <= 42_000_000,
            "20-30 MB (20,000,000-42,000,000 encoded)",
            f"{size}",
            "the size of a message is not what the profile says",
            "giới hạn dung lượng thư không đúng cấu hình mẫu",
        )
    if host.has("dovecot"):
        judge.expect(
            re.search(r"\bquota\b", host.out("dovecot")) is not None,
            "quota",
            "set" if "quota" in host.out("dovecot") else "none",
            "mailboxes have no limit",
            "hộp thư không giới hạn dung lượng",
        )


@control("MAIL-15")
def test_mail_log(host: Host, judge: Judge) -> None:
    """The log server keeps records for 180 days."""
    judge_retention(host, judge, 180)
