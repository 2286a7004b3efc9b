"""What is broken on the site's nodes, so that an audit has something to find.

Each entry breaks one property by hand, as a hurried administrator or an intruder would, and says
how a hand mends it.
"""

from dataclasses import dataclass
from shlex import quote
from zlib import crc32

from bentre_infra.compliance.result import Verdict


@dataclass(frozen=True)
class Broken:
    """A control on a node.

    Attributes:
        says: part of the audit's message then, in English.
        breaks, mends: shell commands of root; ``mends`` may be run on a whole node too.
        before, after: verdicts; before it is broken a control can be out of a container's reach.
        given: what has to be there first, and is no affair of ours yet; ``mends`` takes it away.
        on: the node that the commands run on, where it is another one.
        former: domains that the site is told to have given up.
    """

    control: str
    node: str
    says: str
    breaks: str
    mends: str
    level: int = 3
    before: Verdict = Verdict.PASS
    after: Verdict = Verdict.FAIL
    given: str = ":"
    on: str = ""
    former: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.control} {self.says}"


def edited(path: str, expression: str, then: str = ":") -> tuple[str, str]:
    """A file says something else; the expression of sed(1) has to change something.

    Args:
        path: of the file; the shell may find it ($(...)).
        then: what makes the change felt.
    """
    kept = f"/run/kept-{crc32(f'{path} {expression}'.encode()):x}"
    return (
        f"file={path} && echo $file > {kept}.path && cp -p $file {kept} &&"
        f" sed -Ei {quote(expression)} $file && ! cmp -s $file {kept} && {then}",
        f"if [ -e {kept} ]; then cp -p {kept} $(cat {kept}.path) && rm {kept} {kept}.path; fi"
        f" && {then}",
    )


def added(path: str, text: str, then: str = ":") -> tuple[str, str]:
    """A file is there that nobody asked for."""
    return f"printf '%s\\n' {quote(text)} > {path} && {then}", f"rm -f {path} && {then}"


def stopped(unit: str) -> tuple[str, str]:
    """A service is down."""
    return f"systemctl stop {unit}", f"systemctl start {unit}"


def let_in(what: str, chain: str = "input") -> tuple[str, str]:
    """The kernel has one rule more."""
    return f"nft insert rule inet bentre {chain} {what} accept", "systemctl reload bentre-firewall"


def serves(port: int) -> tuple[str, str]:
    """A program that nobody asked for listens."""
    unit = f"audit-listener-{port}"
    run = "python3 -m http.server --directory /run/nobody"
    return (
        f"mkdir -p /run/nobody && systemd-run -q --unit={unit} {run} {port} && sleep 2",
        f"systemctl stop {unit} 2>/dev/null || true",
    )


def installed(packages: str, then: str = ":") -> tuple[str, str]:
    """Packages that the node lacks, and how they go."""
    apt = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y"
    return (
        f"{apt} install --no-install-recommends {packages} >/dev/null && {then}",
        f"{apt} purge {packages} >/dev/null",
    )


def and_(*pairs: tuple[str, str]) -> tuple[str, str]:
    """Several of them at once."""
    return " && ".join(b for b, _ in pairs), " && ".join(m for _, m in reversed(pairs))


# of no word: yescrypt as shadow(5) has it, so that the account has a password
HASH = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
NODE, LOGS, DNS, ROUTER = "base-time-1", "base-logs-1", "base-dns-1", "wan-router-1"
MX, WWW, DB, SEAL = "mail-server-1", "portal-front-1", "portal-db-1", "signing-app-1"
SSHD = "/etc/ssh/sshd_config"
NOT_HERE = Verdict.NOT_ASSESSED  # the lab's nodes are containers

NO_ALARM = edited("/etc/pam.d/common-session", "/break-glass/d")
RATE = edited("/etc/postfix/main.cf", "$ a smtpd_client_message_rate_limit = 100")
FACTORS = edited(
    SSHD,
    "1 i KbdInteractiveAuthentication yes\\nAuthenticationMethods publickey,keyboard-interactive",
)
SSSD = installed(
    "sssd-ldap",
    "printf '%s\\n' '[sssd]' 'domains = lab' '[domain/lab]' 'id_provider = ldap'"
    " 'ldap_uri = ldaps://base-directory-1.lab.bentre.example' 'ldap_tls_reqcert = demand'"
    " 'ldap_tls_cacert = /etc/bentre/pki/authorities.pem' > /etc/sssd/sssd.conf"
    " && chmod 600 /etc/sssd/sssd.conf && systemctl restart sssd",
)

NETWORK = [
    Broken("NET-02", NODE, "gets in", *let_in("")),
    Broken("NET-03", NODE, "to anybody", *let_in("", "output")),
    Broken("NET-04", NODE, "in the clear", *serves(23)),
    Broken(
        "NET-05",
        NODE,
        "idle shells",
        *edited("/etc/profile.d/bentre-session.sh", "s/TMOUT=[0-9]+/TMOUT=3600/"),
    ),
    Broken(
        "NET-06",
        NODE,
        "no rule limits",
        "nft flush chain inet bentre sources",
        "systemctl reload bentre-firewall",
    ),
    Broken("NET-07", NODE, "answers anybody", *let_in("tcp dport 22")),
    Broken("NET-08", ROUTER, "without a VPN", *let_in("tcp dport 22")),
    Broken(
        "NET-10",
        NODE,
        "addresses that are no bastion's",
        *let_in("tcp dport 22"),
        before=Verdict.FAIL,  # the lab's operator comes in directly
    ),
    Broken(
        "NET-13",
        MX,
        "older",
        "touch -d '9 days ago' /var/lib/clamav/main.cvd",
        "rm -r /var/lib/clamav",
        given="mkdir -p /var/lib/clamav && touch /var/lib/clamav/main.cvd",
    ),
    Broken(
        "NET-15",
        ROUTER,
        "only one line",
        "vtysh -c 'show ip ospf neighbor json' >/run/ospf && link=$(grep -o"
        ' \'"ifaceName":"[^:"]*\' /run/ospf | head -1 | cut -d\'"\' -f4) && echo $link >/run/link'
        " && ip link set $link down && sleep 1",
        "ip link set $(cat /run/link) up",
    ),
    Broken(
        "NET-17",
        NODE,
        "SYN cookies",
        "sysctl -qw net.ipv4.tcp_syncookies=0",
        "sysctl -qw net.ipv4.tcp_syncookies=1",
    ),
    Broken(
        "NET-17",
        WWW,
        "limits the rate",
        "nft flush chain inet bentre sources",
        "systemctl reload bentre-firewall",
    ),
    Broken(
        "NET-18",
        DB,
        "answers anybody",
        *let_in("tcp dport 5432"),
        before=Verdict.PARTIAL,
    ),
    Broken(
        "NET-18",
        DB,
        "connections in the clear",
        *edited("$(ls /etc/postgresql/*/main/pg_hba.conf)", "$ a host all all ::/0 scram-sha-256"),
        before=Verdict.PARTIAL,
    ),
    Broken("NET-23", NODE, "9100", *let_in("tcp dport 9100")),
    Broken(
        "NET-24",
        NODE,
        "no firewall's unit",
        "systemctl disable -q bentre-firewall nftables 2>/dev/null",
        "systemctl enable -q bentre-firewall nftables 2>/dev/null",
    ),
    Broken("NET-25", NODE, "differ at ports", *let_in("meta nfproto ipv4 tcp dport 22")),
    Broken(
        "NET-26",
        NODE,
        "outside of",
        "ip address add 198.51.100.7/32 dev $(ip -o -4 route show"
        " default | grep -o 'dev [^ ]*' | cut -d' ' -f2)",
        "ip address del 198.51.100.7/32 dev $(ip -o -4 route show default |"
        " grep -o 'dev [^ ]*' | cut -d' ' -f2)",
    ),
    Broken(
        "NET-30",
        ROUTER,
        "IKEv1",
        *edited(
            "$(grep -l 'version = 2' /etc/swanctl/conf.d/*.conf | head -1)",
            "s/version = 2/version = 1/",
        ),
    ),
    Broken(
        "NET-31",
        DNS,
        "without signatures",
        *edited("/etc/knot/knot.conf", "s/dnssec-signing: on/dnssec-signing: off/"),
    ),
]

SERVERS = [
    Broken("SRV-02", NODE, "8080", *and_(serves(8080), let_in("tcp dport 8080"))),
    Broken("SRV-02", NODE, "though the firewall drops it", *serves(8081), after=Verdict.PARTIAL),
    Broken(
        "SRV-03",
        NODE,
        "logs somebody in",
        *and_(
            ("mkdir -p /etc/systemd/system/getty@tty1.service.d", ":"),
            added(
                "/etc/systemd/system/getty@tty1.service.d/zz.conf",
                "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root - $TERM",
                "systemctl daemon-reload",
            ),
        ),
    ),
    Broken(
        "SRV-04", NODE, "root has a password", *edited("/etc/shadow", f"s|^root:[^:]*|root:{HASH}|")
    ),
    Broken(
        "SRV-04",
        NODE,
        "over SSH",
        *edited(SSHD, "s/^PermitRootLogin no/PermitRootLogin yes/"),
    ),
    Broken(
        "SRV-05",
        NODE,
        "several accounts are root",
        "echo 'toor:x:0:0:toor:/:/bin/sh' >> /etc/passwd",
        "sed -i /^toor:/d /etc/passwd",
    ),
    Broken(
        "SRV-05",
        NODE,
        "without an owner",
        "useradd -M -s /bin/bash vo-danh",
        "userdel vo-danh 2>/dev/null || true",
    ),
    Broken(
        "SRV-06",
        NODE,
        "nobody uses",
        f"useradd -M -c 'Người cũ' -s /bin/bash nguoi-cu && usermod -p '{HASH}' nguoi-cu"
        " && chage -d 2020-01-01 nguoi-cu",
        "userdel nguoi-cu 2>/dev/null || true",
    ),
    Broken(
        "SRV-07",
        NODE,
        "minlen",
        *edited("/etc/security/pwquality.conf", "s/^minlen.*/minlen = 8/"),
    ),
    Broken(
        "SRV-08",
        NODE,
        "get too old",
        f"useradd -M -c 'Quản trị' -G sudo -s /bin/bash quan-tri && usermod -p '{HASH}' quan-tri"
        " && chage -M -1 quan-tri",
        "userdel quan-tri 2>/dev/null || true",
    ),
    Broken(
        "SRV-08",
        NODE,
        "new accounts",
        *edited("/etc/login.defs", "s/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 99999/"),
        after=Verdict.PARTIAL,
    ),
    Broken(
        "SRV-09",
        NODE,
        "taken again",
        *edited("/etc/pam.d/common-password", "s/remember=[0-9]+/remember=2/"),
    ),
    Broken(
        "SRV-10",
        NODE,
        "one factor",
        edited(SSHD, "s/^AuthenticationMethods publickey,.*/AuthenticationMethods publickey/")[0],
        FACTORS[1],
        given=FACTORS[0],
    ),
    Broken(
        "SRV-11",
        NODE,
        "not counted",
        *edited("/etc/pam.d/common-auth", "/pam_faillock.so.*preauth/d"),
    ),
    Broken(
        "SRV-11",
        NODE,
        "twelve hours",
        *edited("/etc/security/faillock.conf", "s/^unlock_time.*/unlock_time = 60/"),
    ),
    Broken(
        "SRV-12",
        NODE,
        "no alarm",
        NO_ALARM[0],
        f"{NO_ALARM[1]}; userdel break-glass",
        given="useradd -M -c 'Niêm phong' -s /bin/bash break-glass",
    ),
    Broken(
        "SRV-13",
        NODE,
        "whoever answers is believed",
        "sed -i 's/= demand/= never/' /etc/sssd/sssd.conf",
        SSSD[1],
        given=SSSD[0],
    ),
    Broken("SRV-14", NODE, "not logged", *added("/etc/sudoers.d/zz", "Defaults !syslog")),
    Broken("SRV-16", NODE, "aes128-cbc", *edited(SSHD, "s/^Ciphers /Ciphers aes128-cbc,/")),
    Broken(
        "SRV-17",
        NODE,
        "install themselves",
        *added("/etc/apt/apt.conf.d/99zz", 'APT::Periodic::Unattended-Upgrade "0";'),
        before=Verdict.FAIL,  # the lab has no mirror of its own
    ),
    Broken(
        "SRV-19",
        NODE,
        "supported no more",
        *edited("/usr/lib/os-release", 's/VERSION_ID=.*/VERSION_ID="10"/'),
    ),
    Broken(
        "SRV-20",
        NODE,
        "without a signature",
        *added("/etc/apt/sources.list.d/zz.list", "deb [trusted=yes] http://mirror.invalid x y"),
    ),
    Broken("SRV-21", NODE, "calls itself", "hostname other", f"hostname {NODE}"),
    Broken(
        "SRV-22",
        NODE,
        "devices that nobody knows",
        "link=$(ip -o -4 route show default | grep -o 'dev [^ ]*' | cut -d' ' -f2) &&"
        " network=$(ip -o -4 address show dev $link |"
        " grep -oP 'inet \\K[0-9]+[.][0-9]+[.][0-9]+') &&"
        " ip neighbour replace $network.199 lladdr 02:00:00:00:00:99 nud reachable dev $link &&"
        " echo $network.199 dev $link > /run/stranger",
        "ip neighbour del $(cat /run/stranger)",
    ),
    Broken("SRV-24", NODE, "does not run", *stopped("chrony"), before=Verdict.FAIL),
    Broken(
        "SRV-25",
        NODE,
        "Vietnam",
        "ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime",
        "ln -sfn /usr/share/zoneinfo/Asia/Ho_Chi_Minh /etc/localtime",
    ),
    Broken(
        "SRV-26",
        NODE,
        "not written down",
        *edited(SSHD, "s/^LogLevel .*/LogLevel QUIET/"),
    ),
    Broken(
        "SRV-27",
        NODE,
        "no rule records",
        *edited("/etc/audit/rules.d/zz-bentre.rules", "/execve/d"),
        before=NOT_HERE,
    ),
    Broken("SRV-28", NODE, "nothing sends", *stopped("bentre-log-sender")),
    Broken(
        "SRV-28",
        NODE,
        "sends in the clear",
        *and_(
            ("mkdir -p /etc/rsyslog.d", ":"),
            added("/etc/rsyslog.d/zz.conf", "*.* @@logs.invalid:514"),
        ),
    ),
    Broken(
        "SRV-29",
        LOGS,
        "less than 90 days",
        *edited("/usr/local/sbin/bentre-logs", r"s/^DAYS = 31 \* [0-9]+/DAYS = 31 * 1/"),
    ),
    Broken(
        "SRV-30",
        LOGS,
        "space runs out",
        *edited("/etc/prometheus/rules.yml", "s/node_filesystem_avail_bytes/node_x/"),
    ),
    Broken(
        "SRV-35",
        NODE,
        "memory stick",
        *edited("$(grep -l '^install usb-storage' /etc/modprobe.d/*)", "/^install usb-storage/d"),
    ),
    Broken("SRV-39", NODE, "regularly", *stopped("bentre-integrity.timer"), level=4),
    Broken(
        "SRV-41",
        NODE,
        "looked up elsewhere",
        *edited("$(readlink -f /etc/resolv.conf)", "1 i nameserver 9.9.9.9"),
    ),
    Broken("SRV-42", NODE, "nothing measures", *stopped("prometheus-node-exporter")),
]

RELOAD = "systemctl reload postfix && sleep 1"
MAIN = "/etc/postfix/main.cf"
ZONE, PUBLISH = "/etc/knot/zones/bentre.example.zone", "knotc -b zone-reload bentre.example"
FORMER = "xa-cu.bentre.example"
LOCKED = edited(
    ZONE, r'$ a xa-cu TXT "v=spf1 -all"\n_dmarc.xa-cu TXT "v=DMARC1; p=reject"', PUBLISH
)
POP3 = and_(
    installed("dovecot-pop3d"),
    edited(
        "/etc/dovecot/dovecot.conf",
        "s/^protocols = .*/protocols = imap lmtp pop3/",
        "systemctl restart dovecot && sleep 1",
    ),
)
MAIL = [
    Broken(
        "MAIL-01",
        MX,
        "POP3 is not offered",
        "sed -i 's/^protocols = .*/protocols = imap lmtp/' /etc/dovecot/dovecot.conf"
        " && systemctl restart dovecot && sleep 1",
        POP3[1],
        given=POP3[0],
    ),
    Broken(
        "MAIL-02",
        MX,
        "(465)",
        *edited("/etc/postfix/master.cf", "s/^(465|submissions|smtps) /#&/", RELOAD),
    ),
    Broken("MAIL-02", MX, "read over TLS", *stopped("dovecot")),
    Broken(
        "MAIL-03",
        MX,
        "takes TLSv1",
        *edited(
            MAIN,
            "s/^smtpd_tls_(mandatory_)?protocols.*/smtpd_tls_\\1protocols = >=TLSv1/;"
            "$ a tls_medium_cipherlist = ALL:@SECLEVEL=0\\nsmtpd_tls_ciphers = medium\\n"
            "smtpd_tls_mandatory_ciphers = medium",
            RELOAD,
        ),
    ),
    Broken(
        "MAIL-04",
        MX,
        "Postfix takes",
        *edited(
            MAIN,
            "s/^smtpd_tls_auth_only.*/smtpd_tls_auth_only = no/;"
            "s/^smtpd_sasl_auth_enable.*/smtpd_sasl_auth_enable = yes/",
        ),
    ),
    Broken(
        "MAIL-05",
        MX,
        "everybody",
        *edited(MAIN, "s/^mynetworks =.*/mynetworks = 0.0.0.0\\/0/"),
        before=NOT_HERE,
    ),
    Broken(
        "MAIL-06",
        MX,
        "others may send",
        *edited(ZONE, "/spf1/s/-all/+all/", PUBLISH),
        on=DNS,
    ),
    Broken(
        "MAIL-07",
        MX,
        "nothing signs",
        *edited(MAIN, "s/^smtpd_milters =.*/smtpd_milters =/"),
        level=4,
    ),
    Broken(
        "MAIL-08",
        MX,
        "refuse forged mail",
        *edited(ZONE, "/DMARC1/s/p=reject/p=none/", PUBLISH),
        on=DNS,
    ),
    Broken(
        "MAIL-09",
        MX,
        f"forged mail from {FORMER}",
        f"sed -i /^_dmarc.xa-cu/d {ZONE} && {PUBLISH}",
        LOCKED[1],
        given=LOCKED[0],
        on=DNS,
        former=(FORMER,),
    ),
    Broken("MAIL-10", MX, "for junk", *stopped("rspamd"), before=Verdict.FAIL),
    Broken(
        "MAIL-11",
        MX,
        "exe",
        "rm /etc/postfix/mime_header_checks",
        "rm -f /etc/postfix/mime_header_checks",
        level=4,
        given="echo '/name=.*[.](exe|js)/ REJECT' > /etc/postfix/mime_header_checks",
    ),
    Broken(
        "MAIL-12",
        MX,
        "without end",
        "postconf -e smtpd_client_message_rate_limit=0",
        RATE[1],
        given=RATE[0],
    ),
    Broken(
        "MAIL-13",
        MX,
        "sent on",
        *edited("/etc/dovecot/dovecot.conf", "$ a protocol lmtp {\\n  mail_plugins = sieve\\n}"),
    ),
    Broken(
        "MAIL-14",
        MX,
        "size of a message",
        *edited(MAIN, "s/^message_size_limit.*/message_size_limit = 900000000/"),
        before=Verdict.FAIL,
    ),
    Broken(
        "MAIL-15",
        LOGS,
        "less than 180 days",
        *edited("/usr/local/sbin/bentre-logs", r"s/^DAYS = 31 \* [0-9]+/DAYS = 31 * 5/"),
    ),
]

NGINX = "/etc/nginx/nginx.conf"
TAKE = "nginx -t -q && systemctl reload nginx && sleep 1"
PORTAL = [
    Broken(
        "WEB-01",
        WWW,
        "in the clear",
        *edited(NGINX, r"s/return 301 https.*/return 200 plain;/", TAKE),
    ),
    Broken(
        "WEB-02",
        WWW,
        "takes ",
        *edited(NGINX, "s/ssl_ciphers .*/ssl_ciphers ALL:@SECLEVEL=0;/", TAKE),
    ),
    Broken(
        "WEB-03",
        WWW,
        "HTTP/2",
        *edited(NGINX, "s/http2 on;//; s/ http2(;| )/\\1/", TAKE),
        after=Verdict.PARTIAL,
    ),
    Broken(
        "WEB-04",
        WWW,
        "attacks pass",
        *edited(NGINX, "s/SecRuleEngine On/SecRuleEngine DetectionOnly/", TAKE),
    ),
    Broken("WEB-05", WWW, "HSTS", *edited(NGINX, "/Strict-Transport-Security/d", TAKE)),
    Broken(
        "WEB-06",
        WWW,
        "a.other.vn",
        *edited(NGINX, "s/server_name /server_name a.other.vn /", TAKE),
    ),
    Broken(
        "WEB-07",
        WWW,
        "gives no page",
        *edited(NGINX, "s/proxy_ssl_name .*/proxy_ssl_name nobody.invalid;/", TAKE),
    ),
    Broken(
        "WEB-09",
        WWW,
        "does not say",
        *edited(
            NGINX,
            "s|location / \\{|location / { proxy_hide_header Content-Type; |;"
            "s/charset utf-8;/charset off;/",
            TAKE,
        ),
    ),
    Broken(
        "WEB-11",
        WWW,
        "its version",
        *edited(NGINX, "s/server_tokens off/server_tokens on/", TAKE),
    ),
    Broken("WEB-12", WWW, "whom to tell", *edited("/etc/nginx/security.txt", "/^Contact/d")),
    Broken(
        "WEB-12",
        WWW,
        "has ended",
        *edited("/etc/nginx/security.txt", "s/^Expires: [0-9]+/Expires: 2020/"),
    ),
    Broken(
        "WEB-13",
        WWW,
        "/.git/HEAD",
        *edited(
            NGINX,
            's|location / \\{|location = /.git/HEAD { return 200 "ref: main"; }\\n&|;'
            "s/modsecurity on;/modsecurity off;/",
            TAKE,
        ),
    ),
]


def certificate(key: str, digest: str) -> tuple[str, str]:
    """A certificate that nobody should be given any more."""
    file = "/etc/bentre/signing/certificates/zz.pem"
    return (
        f"openssl req -x509 -newkey {key} -{digest} -nodes -keyout /dev/null -subj /CN=yeu -days 1"
        f" -out {file} 2>/dev/null",
        f"rm -f {file}",
    )


KEPT = [
    Broken("DAT-01", NODE, "/etc/shadow", "chmod 644 /etc/shadow", "chmod 640 /etc/shadow"),
    Broken(
        "DAT-03",
        DB,
        "has no TLS",
        *edited("$(ls /etc/postgresql/*/main/conf.d/bentre.conf)", "s/^ssl *=.*/ssl = off/"),
    ),
    Broken("BAK-01", MX, "by itself", *stopped("bentre-backup-run.timer")),
    Broken(
        "BAK-02",
        LOGS,
        "can delete",
        *edited("/etc/bentre/backup-store/sources/mail-server-1.pub", "s/ --append-only//"),
    ),
    Broken(
        "BAK-03",
        MX,
        "no copy is elsewhere",
        *edited("/etc/bentre/backup/backup.json", 's/"offsite": true/"offsite": false/'),
    ),
    Broken(
        "BAK-04",
        MX,
        "not encrypted",
        installed("restic")[1],
        f"dpkg -s restic >/dev/null 2>&1 || {installed('restic')[0]}",
    ),
    Broken(
        "BAK-05",
        MX,
        "the last restore failed",
        *edited(
            "/etc/bentre/backup/password",
            "s/^./#/",
            "{ systemctl start bentre-backup-test || true; }",
        ),
        given="echo thư > /srv/mail/.bak-05 && systemctl start bentre-backup-run"
        " && rm /srv/mail/.bak-05 && systemctl start bentre-backup-test",
    ),
    Broken("SIG-01", SEAL, "its key is too weak", *certificate("rsa:1024", "sha256")),
    Broken("SIG-01", SEAL, "signed with SHA-1", *certificate("rsa:2048", "sha1")),
    Broken("SIG-04", SEAL, "nobody gives", *stopped("bentre-signing-time-stamps")),
    Broken(
        "SIG-05",
        SEAL,
        "lies in a file",
        "openssl genpkey -algorithm ed25519 -out /etc/bentre/signing/zz.pem",
        "rm -f /etc/bentre/signing/zz.pem",
        before=Verdict.FAIL,  # the lab's token is of software
    ),
    Broken(
        "SIG-06",
        SEAL,
        "nobody by name",
        *edited("/etc/bentre/signing/authorities.pem", "d"),
    ),
]

BROKEN = [*NETWORK, *SERVERS, *MAIL, *PORTAL, *KEPT]
