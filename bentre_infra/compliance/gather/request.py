"""What a host is asked for: one fixed list, whatever is looked for, so that evidence is alike."""

from dataclasses import dataclass, field
from typing import Any

from bentre_infra.compliance.gather import collector


@dataclass(frozen=True)
class Probe:
    """A port of another host that is to be tried.

    Attributes:
        subject: the host that it belongs to.
        zone: zone of the host that tries.
        kind: ``tcp``: a port that is for nobody there; ``relay``: whether an SMTP server hands on
            mail between strangers; ``flow``: a port that the flow matrix opens for it.
    """

    subject: str
    address: str
    port: int
    zone: str = ""
    kind: str = "tcp"


@dataclass(frozen=True)
class Name:
    """A name to look up; by the host's own resolver when no server is given."""

    name: str
    type: str
    server: str | None = None


@dataclass(frozen=True)
class Request:
    """What is asked of one host beside the fixed list.

    Attributes:
        sites: host names that its web server may serve.
        deadline: seconds after which the collector ends, with what it has by then.
    """

    probes: tuple[Probe, ...] = ()
    names: tuple[Name, ...] = ()
    sites: tuple[str, ...] = ()
    deadline: float = 60
    extra: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As the collector reads it."""
        return {
            "version": collector.VERSION,
            "deadline": self.deadline,
            "limit": 1_000_000,
            "commands": {name: _command(*argv) for name, argv in COMMANDS.items()},
            "files": [*({"path": p} for p in TEXTS), *({"path": p, "text": False} for p in STATES)],
            "sysctl": list(SYSCTL),
            "tls": [
                *(
                    {"port": p, "name": next(iter(self.sites), None), "alpn": alpn}
                    for ports, alpn in ((TLS_PORTS, []), (HTTPS_PORTS, ["h2", "http/1.1"]))
                    for p in ports
                ),
                {"port": 25, "starttls": "smtp"},
                {"port": 587, "starttls": "smtp"},
            ],
            "http": [
                {"port": port, "tls": tls, "host": host, "path": path}
                for host in (self.sites or (None,))
                for port, tls, path in WEB
            ],
            "probes": [vars(probe) for probe in self.probes],
            "names": [vars(name) for name in self.names],
            **self.extra,
        }


def _command(*argv: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"argv": list(argv)}
    if argv[0].startswith("apt-"):
        asked["user"] = "nobody"  # apt keeps a cache that root would write anew
    return asked


COMMANDS: dict[str, tuple[str, ...]] = {
    "nft": ("nft", "-j", "list", "ruleset"),
    "sshd": ("sshd", "-T"),
    "sshd_admin": ("sshd", "-T", "-C", "user=debian,host=audit.invalid,addr=192.0.2.1"),
    "ssh_version": ("ssh", "-V"),
    "sockets": ("ss", "-Hlntup"),
    "connections": ("ss", "-Hntp", "state", "established"),
    "units": (
        *("systemctl", "list-units", "--all", "--plain", "--no-legend", "--no-pager", "--full"),
    ),
    "unit_files": (
        *("systemctl", "list-unit-files", "--plain", "--no-legend", "--no-pager", "--full"),
    ),
    "gettys": (
        *("systemctl", "show", "--property=Id,ExecStart", "--no-pager"),
        *("getty@tty1.service", "serial-getty@ttyS0.service", "console-getty.service"),
    ),
    "virtualization": ("systemd-detect-virt",),
    "packages": (
        "dpkg-query",
        "-W",
        "-f",
        "${Package}\t${Version}\t${Architecture}\t${db:Status-Abbrev}\n",
    ),
    "apt_config": ("apt-config", "dump"),
    "chrony_tracking": ("chronyc", "-n", "-c", "tracking"),
    "chrony_sources": ("chronyc", "-n", "-c", "sources"),
    "audit_status": ("auditctl", "-s"),
    "audit_rules": ("auditctl", "-l"),
    "apparmor": ("aa-status", "--json"),
    "usb_storage": ("modprobe", "-n", "-v", "usb-storage"),
    "mounts": ("findmnt", "-J", "--list", "-o", "TARGET,SOURCE,FSTYPE,OPTIONS"),
    "blocks": ("lsblk", "-J", "-l", "-o", "NAME,TYPE,FSTYPE,MOUNTPOINTS,PKNAME,SIZE"),
    "addresses": ("ip", "-j", "address", "show"),
    "routes": ("ip", "-j", "route", "show"),
    "routes6": ("ip", "-j", "-6", "route", "show"),
    "neighbours": ("ip", "-j", "neighbour", "show"),
    "links": ("ip", "-j", "-d", "link", "show"),
    "postfix": ("postconf",),
    "postfix_services": ("postconf", "-Mf"),
    "dovecot": ("doveconf", "-n"),
    "dovecot_version": ("dovecot", "--version"),
    "nginx_version": ("nginx", "-v"),
    "knot_zones": ("knotc", "zone-status"),
    "named": ("named-checkconf", "-px"),
    "ospf": ("vtysh", "-c", "show ip ospf neighbor json"),
    "tunnels": ("swanctl", "--list-sas", "--raw"),
    "connections_ipsec": ("swanctl", "--list-conns", "--raw"),
    "sssd": ("sssctl", "domain-list"),
}
"""Programs that only read. ``nginx -T`` is none of them: it makes folders and log files."""

TEXTS: tuple[str, ...] = (
    *("/etc/os-release", "/etc/adjtime", "/etc/debian_version", "/etc/resolv.conf"),
    *("/etc/group", "/etc/login.defs", "/etc/default/useradd", "/etc/securetty"),
    *("/etc/sudoers", "/etc/sudoers.d/*"),
    *("/etc/pam.d/common-*", "/etc/pam.d/sshd", "/etc/pam.d/login", "/etc/pam.d/su"),
    *("/etc/security/*.conf", "/etc/security/pwquality.conf.d/*.conf"),
    *("/etc/profile", "/etc/profile.d/*.sh", "/etc/bash.bashrc"),
    *("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*.conf"),
    *("/etc/apt/sources.list", "/etc/apt/sources.list.d/*", "/etc/apt/*.sources"),
    "/run/systemd/resolve/resolv.conf",
    *("/etc/chrony/chrony.conf", "/etc/chrony/conf.d/*.conf", "/etc/chrony/sources.d/*.sources"),
    *("/etc/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf.d/*.conf"),
    *("/etc/systemd/journald.conf", "/etc/systemd/journald.conf.d/*.conf"),
    *("/etc/systemd/resolved.conf", "/etc/systemd/resolved.conf.d/*.conf"),
    *("/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", "/etc/systemd/journal-upload.conf"),
    *("/etc/stunnel/*.conf", "/etc/logrotate.conf"),
    *("/etc/audit/auditd.conf", "/etc/audit/rules.d/*.rules"),
    *("/etc/aide/aide.conf", "/etc/crypttab", "/etc/fstab", "/etc/modprobe.d/*.conf"),
    *("/etc/gdm3/daemon.conf", "/etc/lightdm/lightdm.conf", "/etc/sssd/sssd.conf"),
    *("/etc/sssd/conf.d/*.conf", "/etc/ldap/ldap.conf"),
    *("/etc/clamav/clamd.conf", "/etc/bentre/clamav/clamd.conf"),
    *("/etc/nginx/nginx.conf", "/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-enabled/*"),
    *("/etc/nginx/modules-enabled/*", "/etc/nginx/bentre/*", "/etc/nginx/snippets/*"),
    *("/etc/modsecurity/*.conf", "/etc/nginx/modsec*/*.conf", "/etc/nginx/modsecurity*.conf"),
    *("/etc/postgresql/*/*/postgresql.conf", "/etc/postgresql/*/*/conf.d/*.conf"),
    *("/etc/postgresql/*/*/pg_hba.conf", "/var/lib/postgresql/*/*/postgresql.auto.conf"),
    *("/etc/rspamd/local.d/*", "/etc/rspamd/override.d/*"),
    *("/etc/unbound/unbound.conf", "/etc/unbound/unbound.conf.d/*.conf", "/etc/knot/knot.conf"),
    *("/etc/swanctl/swanctl.conf", "/etc/swanctl/conf.d/*.conf", "/etc/frr/frr.conf"),
    *("/etc/squid/squid.conf", "/etc/suricata/suricata.yaml", "/etc/keepalived/keepalived.conf"),
    *("/etc/freeradius/3.0/mods-enabled/eap", "/etc/kea/*.conf"),
    *("/var/lib/prometheus/node-exporter/*.prom", "/etc/prometheus/rules.yml"),
    *("/etc/prometheus/prometheus.yml", "/etc/prometheus/nodes.json"),
    "/sys/module/apparmor/parameters/enabled",
    # programs and settings of this library's roles, which other nodes do not have
    *("/usr/local/lib/bentre/log-sender", "/usr/local/sbin/bentre-logs"),
    *("/etc/bentre/backup/backup.json", "/etc/bentre/backup-store/sources/*.pub"),
    *("/etc/bentre/signing/service.json", "/etc/bentre/signing/*.pem"),
    *("/etc/bentre/signing/certificates/*.pem", "/etc/bentre/signing/token.json"),
    *("/etc/ldap/slapd.d/cn=config.ldif", "/etc/default/slapd"),
    *("/etc/postfix/header_checks", "/etc/postfix/mime_header_checks", "/etc/restic/*.json"),
)

STATES: tuple[str, ...] = (
    "/etc/localtime",
    *("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-"),  # "-": passwd(1)'s copies
    *("/etc/ssh/ssh_host_*_key", "/etc/ssl/private/*"),
    *("/etc/bentre/pki/*/key.pem", "/var/lib/rspamd/dkim/*", "/var/lib/bentre/dkim/*"),
    *("/var/lib/clamav/*.c?d", "/var/lib/clamav/*.hdb", "/var/lib/aide/aide.db*"),
    *("/var/lib/suricata/rules/*.rules", "/var/cache/nfdump/*", "/var/cache/nfdump/*/*"),
    *("/var/lib/apt/periodic/*", "/var/lib/apt/lists/*Release", "/var/log/apt/history.log"),
    *("/var/log/journal/*", "/var/log/audit/audit.log", "/usr/share/modsecurity-crs/rules/*.conf"),
    *("/var/log/unattended-upgrades/unattended-upgrades.log", "/var/lib/bentre/integrity/*"),
    *("/etc/bentre/modsecurity/*", "/etc/modsecurity/crs/*"),
)
"""Files of which only mode, owner and age are told."""

SYSCTL: tuple[str, ...] = (
    *("kernel.randomize_va_space", "kernel.yama.ptrace_scope", "kernel.dmesg_restrict"),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"),
    *("net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.all.rp_filter"),
    *("net.ipv6.conf.all.disable_ipv6", "fs.protected_symlinks"),
)

TLS_PORTS = (465, 636, 993, 995, 3180, 6514)
HTTPS_PORTS = (443, 4443, 8443)

WEB: tuple[tuple[int, bool, str], ...] = (
    (80, False, "/"),
    (443, True, "/"),
    (443, True, "/khong-co-trang-nay-bentre-audit"),
    (443, True, "/.git/HEAD"),
    (443, True, "/.env"),
    (443, True, "/.well-known/security.txt"),
    (443, True, "/?bentre-audit=1%27%20UNION%20SELECT%20password%20FROM%20users--"),
    (443, True, "/?bentre-audit=%3Cscript%3Ealert(document.cookie)%3C/script%3E"),
    (443, True, "/?bentre-audit=%C4%90%C6%B0%E1%BB%9Dng%20%C4%90%E1%BB%93ng%20Kh%E1%BB%9Fi"),
)
"""Requests to a web server: a plain page, one that is not there, files that must not be served,
two attacks that a web application firewall must stop, and Vietnamese that it must let pass."""
