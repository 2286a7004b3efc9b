"""Each check is green on a real node's facts, and red once exactly its property is broken."""

from dataclasses import dataclass, replace

import pytest

from bentre_infra.compliance.catalogue.model import Method
from bentre_infra.compliance.checks.registry import checks
from bentre_infra.compliance.result import Verdict
from tests.unit.compliance import edits as e
from tests.unit.compliance.certificates import MAIL as MAIL_TOO
from tests.unit.compliance.certificates import STAMPS, pem, shown
from tests.unit.compliance.recorded import CATALOGUE, DAY, ask, facts, lab

NODE, LOGS, SITE, MX = "debian12-node", "debian13-logs", "base-time-1", "debian12-mail"
WWW = "debian12-portal"


@dataclass(frozen=True)
class Case:
    """A property, and what breaks it.

    Attributes:
        host: whose facts are judged.
        broken: the change.
        says: part of the message then, in English.
        mended: what has to be changed first, where the host as it was recorded does not have it.
        verdict: what follows from the break.
    """

    control: str
    host: str
    broken: e.Edit
    says: str
    mended: e.Edit = lambda _: None
    site: bool = False
    level: int = 3
    verdict: Verdict = Verdict.FAIL

    def __str__(self) -> str:
        return f"{self.control} {self.says[:40]}"


def break_rules(document):
    e.says("nft", '{"nftables": []}')(document)


_ESTABLISHED = '0 0 192.0.2.1:50000 192.0.2.2:6514 users:(("rsyslogd",pid=9,fd=3))\n'
_AUDITED = "-a always,exit -F arch=b64 -S execve -F key=exec\n"

NET = [
    Case("NET-02", NODE, e.policy("input", "accept"), "gets in"),
    Case("NET-02", NODE, e.accepts(47), "IPv4"),
    Case("NET-02", NODE, e.accepts(47, family="ipv6"), "IPv6"),
    Case("NET-02", NODE, break_rules, "gets in"),
    Case("NET-02", NODE,
         e.both(e.kernel("net.ipv4.ip_forward", "1"), e.policy("forward", "accept")), "forwards"),
    Case("NET-03", NODE, e.policy("output", "accept"), "to anybody"),
    Case("NET-04", NODE, e.listens("tcp", 23, "in.telnetd"), "in the clear"),
    Case("NET-04", NODE, e.listens("udp", 69, "in.tftpd", "0.0.0.0"), "in the clear"),
    Case("NET-04", NODE, e.package("inetutils-telnetd"), "inetutils-telnetd"),
    Case("NET-05", NODE, e.line(r"/etc/profile\.d/.*", r"^\s*readonly TMOUT\n", ""), "idle shells"),
    Case("NET-05", NODE, e.line(r"/etc/profile\.d/.*", "TMOUT=300", "TMOUT=3600"), "idle shells"),
    Case("NET-05", NODE, e.said("sshd", "^channeltimeout .*", "channeltimeout none"), "channels"),
    Case("NET-06", NODE, e.without("ct count"), "no rule limits"),
    Case("NET-07", NODE, e.accepts(22), "answers anybody"),
    Case("NET-07", NODE, e.tried(22, "open"), "from zone dmz", mended=e.tried(22, "timeout")),
    Case("NET-08", NODE, e.accepts(22), "without a VPN",
         mended=e.both(e.kernel("net.ipv4.ip_forward", "1"), e.unit("strongswan.service"))),
    Case("NET-08", NODE, e.unit(r"strongswan\.service", False), "no VPN",
         mended=e.both(e.kernel("net.ipv4.ip_forward", "1"), e.unit("strongswan.service"))),
    Case("NET-10", SITE, e.accepts(22), "no bastion's", mended=e.ruleset(
        lambda items: items.__setitem__(slice(None), [i for i in items if not _lets_ssh_in(i)])
    ), site=True, level=4),
    Case("NET-13", NODE, e.aged("/var/lib/clamav/.*", 8), "older"),
    Case("NET-15", NODE, e.says("ospf", '{"neighbors": {"1": [{"nbrState": "Full/DR", '
         '"ifaceName": "a:1"}]}}'), "one line",
         mended=e.both(e.unit("frr.service"), e.says(
             "ospf", '{"neighbors": {"1": [{"nbrState": "Full/DR", "ifaceName": "a:1"}], '
             '"2": [{"nbrState": "Full/Backup", "ifaceName": "b:1"}]}}'))),
    Case("NET-17", NODE, e.kernel("net.ipv4.tcp_syncookies", "0"), "SYN cookies"),
    Case("NET-17", NODE, e.without('"rate"'), "no rule limits"),
    Case("NET-18", NODE, e.accepts(5432), "answers anybody", mended=e.listens("tcp", 5432, "postgres")),
    Case("NET-18", NODE, e.file("/etc/postgresql/15/main/pg_hba.conf", "host all all ::/0 md5"),
         "in the clear", mended=e.both(
             e.listens("tcp", 5432, "postgres"),
             e.file("/etc/postgresql/15/main/pg_hba.conf", "hostssl all all ::/0 scram-sha-256"),
             e.file("/etc/postgresql/15/main/postgresql.conf",
                    "shared_preload_libraries = 'pgaudit'"))),
    Case("NET-18", NODE, e.file("/etc/postgresql/15/main/postgresql.conf", "ssl = on"), "pgaudit",
         verdict=Verdict.PARTIAL, mended=e.both(
             e.listens("tcp", 5432, "postgres"),
             e.file("/etc/postgresql/15/main/pg_hba.conf", "hostssl all all ::/0 scram-sha-256"),
             e.file("/etc/postgresql/15/main/postgresql.conf",
                    "shared_preload_libraries = 'pgaudit'"))),
    Case("NET-23", NODE, e.accepts(9100), "9100"),
    Case("NET-24", NODE, e.unit(r".*firewall.*\.service", False), "no firewall's unit"),
    Case("NET-24", NODE, break_rules, "no rules for what comes in"),
    Case("NET-25", NODE, e.accepts(22, family="ipv4"), "differ at ports 22"),
    Case("NET-25", NODE, e.listens("tcp", 443, "nginx", "0.0.0.0"), "443/tcp does not answer over"),
    Case("NET-25", NODE, e.says("addresses", "[]"), "no IPv6 address"),
    Case("NET-26", SITE, e.said("addresses", r"10\.83\.", "10.84."), "outside of", site=True),
    Case("NET-30", NODE, e.line("/etc/swanctl/conf.d/a.conf", "version = 2", "version = 1"), "IKEv1",
         mended=e.both(e.unit("strongswan.service"), e.file(
             "/etc/swanctl/conf.d/a.conf",
             "connections {\nversion = 2\nproposals = aes256gcm16-sha384-ecp384\nesp_proposals = aes256gcm16"))),
    Case("NET-30", NODE, e.line("/etc/swanctl/conf.d/a.conf", "aes256gcm16$", "3des-md5"), "3des",
         mended=e.both(e.unit("strongswan.service"), e.file(
             "/etc/swanctl/conf.d/a.conf",
             "connections {\nversion = 2\nproposals = aes256gcm16-sha384-ecp384\nesp_proposals = aes256gcm16"))),
    Case("NET-31", NODE, e.line("/etc/knot/knot.conf", ": on", ": off"), "without signatures",
         mended=e.both(e.listens("tcp", 53, "knotd"),
                       e.says("knot_zones", "[bentre.example.] role: master\n"),
                       e.file("/etc/knot/knot.conf", "dnssec-signing: on"))),
    Case("NET-31", SITE, e.name("bentre.example", "DNSKEY", ("DNSKEY", "x")), "not served with",
         site=True, mended=e.both(
             e.listens("tcp", 53, "knotd"), e.says("knot_zones", "[bentre.example.] role: master\n"),
             e.file("/etc/knot/knot.conf", "dnssec-signing: on"),
             e.name("bentre.example", "DNSKEY", ("DNSKEY", "x"), ("RRSIG", "y")))),
]  # fmt: skip


def _lets_ssh_in(item):
    """A rule that lets administrators in directly: at level 4 there is none."""
    text = str(item.get("rule", {}).get("expr", ""))
    return "'dport'" in text and "22" in text and "accept" in text


def _MIRROR(d):  # noqa: N802  (an edit, as the others)
    d.update(sources=["http://mirror.bentre.example/debian/"], updates=[])


SRV = [
    Case("SRV-01", NODE, e.baseline(**{"pass": 139, "fail": 7, "notapplicable": 40}),
         "7 rules of the baseline fail", mended=e.baseline(**{"pass": 140, "notapplicable": 46}),
         verdict=Verdict.PARTIAL),
    Case("SRV-02", SITE, e.both(e.listens("tcp", 8080, "python3"), e.accepts(8080)), "8080",
         site=True),
    Case("SRV-02", SITE, e.listens("tcp", 8080, "python3"), "though the firewall drops it",
         site=True, verdict=Verdict.PARTIAL),
    Case("SRV-03", NODE, e.said("gettys", "agetty -o", "agetty --autologin root -o"), "console"),
    Case("SRV-03", NODE, e.file("/etc/gdm3/daemon.conf", "AutomaticLoginEnable=true"), "desktop"),
    Case("SRV-04", SITE, e.said("sshd", "^permitrootlogin .*", "permitrootlogin yes"), "over SSH"),
    Case("SRV-04", SITE, e.account("root", scheme="y"), "root has a password"),
    Case("SRV-04", SITE, e.account("pi"), "pi"),
    Case("SRV-04", SITE, e.account("an", scheme="empty"), "empty password"),
    Case("SRV-05", NODE, e.account("toor", uid=0), "several accounts are root"),
    Case("SRV-05", NODE, e.both(e.account("an"), e.account("binh")), "share a UID"),
    Case("SRV-05", NODE, e.account("an", gecos=""), "without an owner"),
    Case("SRV-06", NODE, e.account("an", changed=19_000, last_login=1_700_000_000), "nobody uses",
         mended=e.account("binh")),
    Case("SRV-07", NODE, e.line("/etc/pam.d/common-password", ".*pam_pwquality.*", ""), "PAM does"),
    Case("SRV-07", NODE, e.line(r"/etc/security/pwquality\.conf", "^minlen.*", "minlen = 8"),
         "minlen is below"),
    Case("SRV-07", NODE, e.line(r"/etc/security/pwquality\.conf", "^minclass.*", ""), "minclass"),
    Case("SRV-08", NODE, e.account("root", scheme="y", max_days=99_999), "too old",
         mended=e.line(r"/etc/login\.defs", r"^PASS_MAX_DAYS\s.*", "PASS_MAX_DAYS 60")),
    Case("SRV-08", NODE, e.line(r"/etc/login\.defs", r"^PASS_MAX_DAYS\s.*", "PASS_MAX_DAYS 99999"),
         "new accounts", verdict=Verdict.PARTIAL,
         mended=e.line(r"/etc/login\.defs", r"^PASS_MAX_DAYS\s.*", "PASS_MAX_DAYS 60")),
    Case("SRV-09", NODE, e.line("/etc/pam.d/common-password", "remember=10", "remember=5"), "again"),
    Case("SRV-10", NODE, e.said("sshd_admin", "^authenticationmethods .*",
                                "authenticationmethods publickey"), "one factor",
         mended=e.said("sshd_admin", "^authenticationmethods .*",
                       "authenticationmethods publickey,keyboard-interactive:pam")),
    Case("SRV-11", NODE, e.line("/etc/pam.d/common-auth", ".*preauth.*", ""), "not counted"),
    Case("SRV-11", NODE, e.line("/etc/security/faillock.conf", "^deny.*", "deny = 20"), "more than"),
    Case("SRV-11", NODE, e.line("/etc/security/faillock.conf", "^unlock_time.*", "unlock_time = 60"),
         "before twelve hours"),
    Case("SRV-12", NODE, e.line("/etc/pam.d/common-session", ".*break-glass.*", ""), "no alarm",
         mended=e.account("break-glass")),
    Case("SRV-12", NODE, e.account("break-glass", name="an"), "no sealed account",
         mended=e.account("break-glass")),
    Case("SRV-13", NODE, e.unit(r"sssd\.service", False), "not managed centrally",
         mended=e.both(e.unit("sssd.service"), e.file("/etc/sssd/sssd.conf", "ldap_uri=ldaps://d"))),
    Case("SRV-13", NODE, e.file("/etc/sssd/sssd.conf", "ldap_uri=ldap://d"), "in the clear",
         mended=e.both(e.unit("sssd.service"), e.file("/etc/sssd/sssd.conf", "ldap_uri=ldaps://d"))),
    Case("SRV-13", NODE, e.file("/etc/sssd/sssd.conf", "ldaps://d\nldap_tls_reqcert = never"),
         "in the clear", mended=e.both(e.unit("sssd.service"),
                                       e.file("/etc/sssd/sssd.conf", "ldap_uri=ldaps://d"))),
    Case("SRV-14", NODE, e.both(e.account("an"), e.file("/etc/sudoers.d/x", "an ALL=NOPASSWD: ALL")),
         "without a password"),
    Case("SRV-14", NODE, e.file("/etc/sudoers.d/x", "Defaults !syslog"), "not logged"),
    Case("SRV-16", NODE, e.said("sshd", "^ciphers ", "ciphers aes128-cbc,"), "aes128-cbc"),
    Case("SRV-16", NODE, lambda d: d["ssh"]["macs_in"].append("hmac-sha1"), "on the wire"),
    Case("SRV-16", NODE, lambda d: d["ssh"]["ciphers_in"].append("twofish-ctr"), "does not tell"),
    Case("SRV-17", NODE, lambda d: d.update(sources=["http://mirror.debian.net/debian/"]), "public archives",
         mended=_MIRROR),
    Case("SRV-17", NODE, e.said("apt_config", '^APT::Periodic::Unattended-Upgrade .*', ""),
         "install themselves", mended=_MIRROR),
    Case("SRV-17", NODE, lambda d: d.update(updates=["openssl"]), "wait",
         mended=_MIRROR),
    Case("SRV-17", NODE, e.aged("/var/lib/apt/lists/.*", 40), "30 days",
         mended=_MIRROR),
    Case("SRV-19", NODE, e.line("/etc/os-release", 'VERSION_ID="12"', 'VERSION_ID="10"'), "no more"),
    Case("SRV-20", NODE, e.file("/etc/apt/sources.list.d/x.list", "deb [trusted=yes] http://x y z"),
         "without a signature"),
    Case("SRV-20", NODE, e.said("apt_config", r"\A", 'APT::Get::AllowUnauthenticated "1";\n'),
         "AllowUnauthenticated"),
    Case("SRV-21", SITE, lambda d: d.update(hostname="other"), "calls itself other", site=True),
    Case("SRV-21", SITE, e.said("addresses", r"10\.83\.", "10.84."), "recorded addresses", site=True),
    Case("SRV-22", SITE, e.says("neighbours", '[{"dst": "10.83.5.250", "lladdr": "00:00:5e:00:53:1",'
                                '"state": ["REACHABLE"]}]'), "10.83.5.250", site=True),
    Case("SRV-24", NODE, e.unit(r"chrony\.service", False), "does not run", mended=e.both(
        e.on_real_machine, e.says("chrony_sources", "^,*,a,1,6,377,1,0,0,0\n^,+,b,1,6,377,1,0,0,0\n"),
        e.says("chrony_tracking", "A,a,2,1,0.000001,0,0,0,0,0,0,0,0,Normal\n"))),
    Case("SRV-24", NODE, e.says("chrony_sources", "^,*,a,1,6,377,1,0,0,0\n^,+,b,1,6,0,1,0,0,0\n"),
         "fewer than two servers answer", mended=e.both(
        e.on_real_machine, e.says("chrony_sources", "^,*,a,1,6,377,1,0,0,0\n^,+,b,1,6,377,1,0,0,0\n"),
        e.says("chrony_tracking", "A,a,2,1,0.000001,0,0,0,0,0,0,0,0,Normal\n"))),
    Case("SRV-24", NODE, e.says("chrony_tracking", "A,a,2,1,0.4,0,0,0,0,0,0,0,0,Normal\n"),
         "clock is wrong", mended=e.both(
        e.on_real_machine, e.says("chrony_sources", "^,*,a,1,6,377,1,0,0,0\n^,+,b,1,6,377,1,0,0,0\n"),
        e.says("chrony_tracking", "A,a,2,1,0.000001,0,0,0,0,0,0,0,0,Normal\n"))),
    Case("SRV-25", NODE, e.state("/etc/localtime", target="/usr/share/zoneinfo/Etc/UTC"), "Vietnam"),
    Case("SRV-25", NODE, e.file("/etc/adjtime", "0 0 0\n0\nLOCAL\n"), "local time"),
    Case("SRV-26", NODE, e.said("sshd", "^loglevel .*", "loglevel QUIET"), "not written down"),
    Case("SRV-26", NODE, e.line(r"/etc/systemd/journald\.conf\.d/.*", "Storage=persistent",
                                "Storage=volatile"), "starts again"),
    Case("SRV-27", NODE, e.removed(r"/etc/audit/rules\.d/.*"), "no rule records",
         mended=e.both(e.on_real_machine, e.says("audit_rules", _AUDITED),
                       e.says("audit_status", "enabled 1\n"))),
    Case("SRV-27", NODE, e.says("audit_rules", "No rules\n"), "does not have the rules",
         mended=e.both(e.on_real_machine, e.says("audit_rules", _AUDITED),
                       e.says("audit_status", "enabled 1\n"))),
    Case("SRV-28", NODE, e.says("connections", ""), "nothing sends"),
    Case("SRV-28", NODE, e.removed("/usr/local/lib/bentre/log-sender"), "to whoever answers"),
    Case("SRV-28", NODE, e.file("/etc/rsyslog.d/x.conf", "*.* @@logs:514\n"), "sends in the clear"),
    Case("SRV-29", LOGS, e.line("/usr/local/sbin/bentre-logs", r"^DAYS = 31 \* 3", "DAYS = 31 * 1"),
         "less than 90 days"),
    Case("SRV-30", LOGS, e.line("/etc/prometheus/rules.yml", "node_filesystem_avail_bytes", "x"),
         "space runs out"),
    Case("SRV-30", LOGS, e.unit(r"prometheus\.service", False), "no program looks"),
    Case("SRV-33", SITE, e.says("blocks", '{"blockdevices": []}'), "in the clear", site=True, level=4,
         mended=e.says("blocks", '{"blockdevices": [{"name": "c", "type": "crypt", '
                       '"mountpoints": ["/var/log"]}]}')),
    Case("SRV-34", NODE, e.unit(r"clamav-daemon\.service", False), "no scanner",
         mended=e.unit("clamav-clamonacc.service")),
    Case("SRV-34", NODE, e.aged("/var/lib/clamav/.*", 9), "too old",
         mended=e.unit("clamav-clamonacc.service")),
    Case("SRV-34", NODE, e.unit(r"clamav-clamonacc\.service", False), "when they are opened",
         mended=e.both(e.on_real_machine, e.unit("clamav-clamonacc.service"))),
    Case("SRV-35", NODE, e.both(e.line(r"/etc/modprobe\.d/.*", "^install usb-storage.*", ""),
                                e.says("usb_storage", "insmod usb-storage.ko\n")), "memory stick"),
    Case("SRV-36", NODE, e.kernel("kernel.randomize_va_space", "0"), "not random", mended=e.both(
        e.file("/sys/module/apparmor/parameters/enabled", "Y\n"),
        e.says("apparmor", '{"profiles": {"/usr/sbin/chronyd": "enforce"}}'))),
    Case("SRV-36", NODE, e.says("apparmor", '{"profiles": {"/usr/sbin/chronyd": "complain"}}'),
         "no profile", mended=e.both(
        e.file("/sys/module/apparmor/parameters/enabled", "Y\n"),
        e.says("apparmor", '{"profiles": {"/usr/sbin/chronyd": "enforce"}}'))),
    Case("SRV-36", NODE, e.file("/sys/module/apparmor/parameters/enabled", "N\n"), "AppArmor is off",
         mended=e.both(e.on_real_machine, e.file("/sys/module/apparmor/parameters/enabled", "Y\n"),
                       e.says("apparmor", '{"profiles": {"/usr/sbin/chronyd": "enforce"}}'))),
    Case("SRV-39", NODE, e.unit(r"bentre-integrity\.timer", False), "regularly", level=4),
    Case("SRV-39", NODE, e.removed("/var/lib/bentre/integrity/database"), "no known state", level=4),
    Case("SRV-41", SITE, e.file("/run/systemd/resolve/resolv.conf", "nameserver 9.9.9.9\n"),
         "elsewhere", site=True,
         mended=e.file("/run/systemd/resolve/resolv.conf",
                       "".join(f"nameserver {a}\n" for a in lab().resolvers))),
    Case("SRV-42", NODE, e.unit(r"prometheus-node-exporter\.service", False), "nothing measures"),
]  # fmt: skip

_SPF = e.both(
    e.name("bentre.example", "TXT", ("TXT", "v=spf1 mx -all")),
    e.name("_dmarc.bentre.example", "TXT",
           ("TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@bentre.example")),
)  # fmt: skip
_REFUSED = e.tried(25, "open", kind="relay",
                   answers=["220 hello", "RCPT TO:<x> -> 554 5.7.1 Relay access denied"])  # fmt: skip
_RELAYED = e.tried(25, "open", kind="relay", address="2001:db8::1",
                   answers=["220 hello", "RCPT TO:<x> -> 250 2.1.5 Ok"])  # fmt: skip
_POP3 = e.listens("tcp", 995, "dovecot")
_SCANNED = e.both(
    e.unit("clamav-daemon.service"),
    e.file("/etc/rspamd/override.d/antivirus.conf", 'clamav { type = "clamav"; }'),
)
_ATTACHMENTS = e.file("/etc/postfix/mime_header_checks", "/name=.*[.](exe|js|scr)/ REJECT")
_QUOTA = e.said("dovecot", r"\Z", "mail_plugins = quota\n")

MAIL = [
    Case("MAIL-01", MX, e.deaf(993, 143), "IMAP is not offered", mended=_POP3),
    Case("MAIL-01", MX, e.deaf(995), "POP3 is not offered", mended=_POP3),
    Case("MAIL-02", MX, e.handshake(465, "new", error="refused"), "(465)"),
    Case("MAIL-02", MX, e.handshake(993, "new", error="refused"), "read over TLS"),
    Case("MAIL-03", MX, e.handshake(993, "old", version="TLSv1"), "993 takes TLSv1"),
    Case("MAIL-03", MX, e.handshake(25, "new", error="x"), "25 does not take"),
    Case("MAIL-04", MX, e.both(
        e.said("postfix", "^smtpd_tls_auth_only = yes", "smtpd_tls_auth_only = no"),
        e.said("postfix", "^smtpd_sasl_auth_enable = no", "smtpd_sasl_auth_enable = yes"),
    ), "Postfix takes"),
    Case("MAIL-04", MX, e.said("dovecot", r"\Z", "disable_plaintext_auth = no\n"), "Dovecot takes"),
    Case("MAIL-05", MX, _RELAYED, "relays between strangers", mended=_REFUSED),
    Case("MAIL-05", MX, e.said("postfix", "^mynetworks =.*", "mynetworks = 0.0.0.0/0"),
         "everybody", mended=_REFUSED),
    Case("MAIL-06", MX, e.name("bentre.example", "TXT"), "no SPF", mended=_SPF, site=True, level=4),
    Case("MAIL-06", MX, e.name("bentre.example", "TXT", ("TXT", "v=spf1 mx ~all")), "others may send",
         mended=_SPF, site=True, level=4),
    Case("MAIL-07", MX, e.unit(r"rspamd\.service", False), "nothing signs", level=4),
    Case("MAIL-07", MX, e.removed(r"/etc/rspamd/.*/dkim_signing\.conf"), "no key to sign", level=4),
    Case("MAIL-08", MX, e.name("_dmarc.bentre.example", "TXT", ("TXT", "v=DMARC1; p=none")),
         "refuse forged mail", mended=_SPF, site=True, level=4),
    Case("MAIL-10", MX, e.said("postfix", "^smtpd_milters =.*", "smtpd_milters ="), "for junk",
         mended=_SCANNED),
    Case("MAIL-10", MX, e.said("postfix", "^milter_default_action =.*",
                               "milter_default_action = accept"), "passes unchecked",
         mended=_SCANNED),
    Case("MAIL-10", MX, e.unit(r"clamav-daemon\.service", False), "for malware", mended=_SCANNED),
    Case("MAIL-11", MX, e.removed("/etc/postfix/mime_header_checks"), "exe, js", level=4,
         mended=_ATTACHMENTS),
    Case("MAIL-12", MX, e.said("postfix", "^smtpd_client_message_rate_limit =.*",
                               "smtpd_client_message_rate_limit = 0"), "without end",
         mended=e.said("postfix", "^smtpd_client_message_rate_limit =.*",
                       "smtpd_client_message_rate_limit = 25")),
    Case("MAIL-13", MX, e.said("dovecot", r"\Z", "plugin/sieve = ~/.dovecot.sieve\n"), "sent on"),
    Case("MAIL-14", MX, e.said("postfix", "^message_size_limit =.*", "message_size_limit = 0"),
         "size of a message", mended=_QUOTA),
    Case("MAIL-14", MX, e.said("dovecot", "quota", "other"), "no limit", mended=_QUOTA),
    Case("MAIL-15", LOGS, e.line("/usr/local/sbin/bentre-logs", r"^DAYS = 31 \* 6", "DAYS = 31 * 3"),
         "less than 180 days",
         mended=e.line("/usr/local/sbin/bentre-logs", r"^DAYS = 31 \* 3", "DAYS = 31 * 6")),
]  # fmt: skip

_SSL = e.both(
    e.listens("tcp", 5432, "postgres"),
    e.file("/etc/postgresql/15/main/postgresql.conf", "ssl = on"),
    e.file("/etc/postgresql/15/main/pg_hba.conf", "hostssl all all ::/0 scram-sha-256"),
)
_METRICS = "/var/lib/prometheus/node-exporter/bentre_backup.prom"
_BACKED_UP = e.both(
    e.unit("bentre-backup.timer"),
    e.package("restic", "0.14"),
    e.file(
        "/etc/bentre/backup/backup.json",
        '{"repositories": [{"name": "near"}, {"name": "far", "offsite": true}]}',
    ),
    lambda d: e.file(
        _METRICS,
        "".join(
            f'bentre_backup_{n}{{repository="{r}"}} {v}\n'
            for r in ("near", "far")
            for n, v in (
                ("last_success_timestamp_seconds", int(d["began"]) - 3600),
                ("restore_ok", 1),
                ("restore_timestamp_seconds", int(d["began"]) - 86_400),
            )
        ),
    )(d),
)
_STORE = e.file(
    "/etc/bentre/backup-store/sources/a.pub",
    'restrict,command="rclone serve restic --stdio --append-only /srv" ssh-ed25519 A a',
)

DATA = [
    Case("DAT-01", NODE, e.account("an", scheme="1"), "hashed weakly"),
    Case("DAT-01", NODE, e.state("/etc/shadow", mode=0o644), "others can read: /etc/shadow"),
    Case("DAT-01", NODE, e.state("/etc/ssh/ssh_host_ed25519_key", mode=0o644), "ssh_host_ed25519"),
    Case("DAT-02", NODE, e.says("blocks", '{"blockdevices": [{"name": "vdb", "type": "disk", '
                                '"mountpoints": ["/srv/data"]}]}'), "vdb",
         mended=e.both(e.on_real_machine, e.says(
             "blocks", '{"blockdevices": [{"name": "c", "type": "crypt", "mountpoints": '
             '["/srv/data"], "pkname": "vdb"}]}'))),
    Case("DAT-03", LOGS, e.line("/etc/ldap/slapd.d/cn=config.ldif", "ssf=128", "ssf=0"), "in the clear"),
    Case("DAT-03", LOGS, e.deaf(636), "no LDAPS"),
    Case("DAT-03", LOGS, e.listens("tcp", 5672, "beam.smp"), "5672"),
    Case("DAT-03", NODE, e.file("/etc/postgresql/15/main/postgresql.conf", "ssl = off"), "has no TLS",
         mended=_SSL),
    Case("DAT-03", NODE, e.file("/etc/postgresql/15/main/pg_hba.conf", "host all all ::/0 md5"),
         "in the clear", mended=_SSL),
    Case("BAK-01", NODE, e.unit(r"bentre-backup\.timer", False), "by itself", mended=_BACKED_UP),
    Case("BAK-01", NODE, e.removed(_METRICS), "too old, or there is none", mended=_BACKED_UP),
    Case("BAK-02", NODE, e.line("/etc/bentre/backup-store/sources/a.pub", " --append-only", ""), "can delete",
         mended=_STORE),
    Case("BAK-03", NODE, e.file("/etc/bentre/backup/backup.json",
                                '{"repositories": [{"name": "near", "offsite": true}]}'),
         "fewer than three", mended=_BACKED_UP),
    Case("BAK-03", NODE, e.line("/etc/bentre/backup/backup.json", ', "offsite": true', ""),
         "no copy is elsewhere", mended=_BACKED_UP),
    Case("BAK-04", NODE, e.said("packages", "^restic\t.*\n", ""), "not encrypted", mended=_BACKED_UP),
    Case("BAK-05", NODE, e.line(_METRICS, r'restore_ok\{repository="far"\} 1',
                                'restore_ok{repository="far"} 0'), "failed", mended=_BACKED_UP),
    Case("BAK-05", NODE, e.line(_METRICS, r"(restore_timestamp_seconds\S*) \d+", r"\1 1000"),
         "in time", mended=_BACKED_UP),
]  # fmt: skip

_TXT = "Contact: mailto:an@bentre.example\nExpires: 2027-06-30T00:00:00Z\n"
_SECURITY = e.page("/.well-known/security.txt", status=200, body=_TXT)
_ATTACK = "/?bentre-audit=%3Cscript%3Ealert(document.cookie)%3C/script%3E"
_VIETNAMESE = "/?bentre-audit=%C4%90%C6%B0%E1%BB%9Dng%20%C4%90%E1%BB%93ng%20Kh%E1%BB%9Fi"
_NAME = "www.bentre.example"
_LASTING = e.handshake(443, "new", version="TLSv1.3", certificate=shown())

WEB = [
    Case("WEB-01", WWW, e.page("/", 80, status=200), "in the clear", mended=_LASTING),
    Case("WEB-01", WWW, e.handshake(443, "new", error="refused"), "no HTTPS", mended=_LASTING),
    Case("WEB-01", WWW, e.handshake(443, "new", certificate=shown(days=9)), "within 30 days",
         mended=_LASTING),
    Case("WEB-01", WWW, e.handshake(443, "new", certificate=shown(issuer="www")), "by itself",
         mended=_LASTING),
    Case("WEB-02", WWW, e.handshake(443, "old", version="TLSv1"), "takes TLSv1"),
    Case("WEB-02", WWW, e.handshake(443, "weak", cipher="AES128-SHA"), "takes AES128-SHA"),
    Case("WEB-02", WWW, e.handshake(443, "new", error="x"), "no TLS 1.2"),
    Case("WEB-03", WWW, lambda d: d["tls"]["443"]["new"].update(alpn="http/1.1"), "HTTP/2",
         verdict=Verdict.PARTIAL),
    Case("WEB-03", WWW, e.page("/", status=502), "does not work"),
    Case("WEB-04", WWW, e.page(_ATTACK, status=200), "attacks pass"),
    Case("WEB-04", WWW, e.page(_VIETNAMESE, status=403), "Vietnamese text"),
    Case("WEB-05", WWW, e.header("strict-transport-security", None), "HSTS"),
    Case("WEB-05", WWW, e.header("content-security-policy", None), "content-security-policy"),
    Case("WEB-05", WWW, e.header("x-content-type-options", None), "x-content-type-options"),
    Case("WEB-05", WWW, e.header("set-cookie", "sessionid=1; Path=/"), "sessionid"),
    Case("WEB-06", WWW, e.line("/etc/nginx/nginx.conf", r"server_name \S+", "server_name a.other.vn"),
         "a.other.vn", site=True),
    Case("WEB-07", WWW, lambda d: [p.update(status=502) for p in d["http"]], "gives no page", site=True,
         mended=e.both(
             e.line("/etc/nginx/nginx.conf", r"server_name [^;]+", f"server_name {_NAME}"),
             lambda d: [p.update(host=_NAME) for p in d["http"]])),
    Case("WEB-09", WWW, e.header("content-type", "text/html"), "does not say"),
    Case("WEB-09", WWW, e.page("/", body="Ti\u0309nh"), "not composed"),
    Case("WEB-11", WWW, e.header("server", "nginx/1.22.1", "/khong-co-trang-nay-bentre-audit"),
         "its version"),
    Case("WEB-11", WWW, e.page("/khong-co-trang-nay-bentre-audit",
                               body="Traceback (most recent call last)"), "of the inside"),
    Case("WEB-12", WWW, e.page("/.well-known/security.txt", status=404, body=""), "whom to tell",
         mended=_SECURITY),
    Case("WEB-12", WWW, e.page("/.well-known/security.txt", body=_TXT.replace("2027", "2025")),
         "has ended", mended=_SECURITY),
    Case("WEB-13", WWW, e.page("/.git/HEAD", status=200, body="ref: refs/heads/main"), "/.git/HEAD"),
    Case("WEB-13", WWW, e.page("/.env", status=200, body="SECRET_KEY=x"), "/.env"),
]  # fmt: skip

_SEAL, _STAMPS = (
    "/etc/bentre/signing/certificates/seal.pem",
    "/etc/bentre/signing/certificates/t.pem",
)
_SIGNS = e.both(
    e.unit("bentre-signing.service"), e.unit("bentre-signing-time-stamps.service"),
    e.file(_SEAL, pem("seal")), e.file(_STAMPS, pem("stamps", usage=STAMPS, curve=True)),
    e.file("/etc/bentre/signing/authorities.pem", pem("root")),
    e.file("/etc/bentre/signing/service.json", '{"port": 4443}'),
)  # fmt: skip

SIG = [
    Case("SIG-01", NODE, e.file(_SEAL, pem("seal", bits=1024)), "too weak", mended=_SIGNS),
    Case("SIG-04", NODE, e.file(_STAMPS, pem("stamps", usage=MAIL_TOO)), "alone", mended=_SIGNS),
    Case("SIG-04", NODE, e.file(_STAMPS, pem("stamps", usage=STAMPS, critical=False)), "alone",
         mended=_SIGNS),
    Case("SIG-04", NODE, e.unit(r"bentre-signing-time-stamps\.service", False), "nobody gives",
         mended=_SIGNS),
    Case("SIG-05", NODE, e.package("libsofthsm2"), "SoftHSM", mended=_SIGNS),
    Case("SIG-05", NODE, e.file("/etc/bentre/signing/key.pem", "-----BEGIN PRIVATE KEY-----"),
         "lies in a file", mended=_SIGNS),
    Case("SIG-06", NODE, e.file("/etc/bentre/signing/authorities.pem", ""), "nobody by name",
         mended=_SIGNS),
    Case("SIG-06", NODE, e.file("/etc/bentre/signing/service.json",
                                '{"authorities": "/etc/ssl/certs/ca-certificates.crt"}'),
         "whole list", mended=_SIGNS),
]  # fmt: skip

_LOCKED = e.both(
    e.name("old.example", "TXT", ("TXT", "v=spf1 -all")),
    e.name("_dmarc.old.example", "TXT", ("TXT", "v=DMARC1; p=reject")),
)
OLD = [
    Case("MAIL-09", MX, e.name("old.example", "TXT"), "may be sent", mended=_LOCKED, site=True),
    Case("MAIL-09", MX, e.name("_dmarc.old.example", "TXT", ("TXT", "v=DMARC1; p=none")), "forged",
         mended=_LOCKED, site=True),
]  # fmt: skip

CASES = [*NET, *SRV, *MAIL, *DATA, *WEB, *SIG, *OLD]


def _document(case: Case):
    document = facts(case.host)
    case.mended(document)
    return document


def _ask(case: Case, document):
    # a site with a domain that has ended
    site = replace(lab(), former_domains=("old.example",)) if case.site else None
    return ask(case.control, document, subject=case.host, site=site, level=case.level, today=DAY)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_check_is_green_and_red(case: Case):
    green = _ask(case, _document(case))
    assert green.verdict in (Verdict.PASS, Verdict.NOT_ASSESSED), green
    document = _document(case)
    case.broken(document)
    red = _ask(case, document)
    assert red.verdict is case.verdict, red
    assert case.says in red.en
    assert red.vi
    assert red.expected
    assert red.en != green.en


def test_every_automated_check_can_be_broken_and_can_pass():
    """The mutation test over the catalogue: no check that nothing could make fail."""
    passed = {c.control for c in CASES if _ask(c, _document(c)).verdict is Verdict.PASS}
    broken = {c.control for c in CASES}
    host_checks = {c.control for c in checks() if c.subject == "host"}
    assert host_checks - broken == set()
    assert host_checks - passed == set()


def test_checks_and_catalogue_agree():
    automated = {c.id for c in CATALOGUE if c.method is Method.AUTOMATED}
    assert {c.control for c in checks()} == automated
