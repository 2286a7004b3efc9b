"""Servers."""

import re
from datetime import date, timedelta
from ipaddress import ip_address

from bentre_infra.compliance.checks.common import fates, requires, shown
from bentre_infra.compliance.checks.control import Judge, control, not_applicable, not_assessed
from bentre_infra.compliance.facts.host import Account, Host
from bentre_infra.compliance.facts.nft import Fate
from bentre_infra.compliance.facts.pam import modules
from bentre_infra.compliance.facts.site import within
from bentre_infra.compliance.facts.support import SUPPORT

_PWQUALITY = r"/etc/security/pwquality(\.conf\.d/.*)?\.conf"
_FAILLOCK = r"/etc/security/faillock\.conf"
_DAY = 86_400  # seconds


_RULES = 100
"""That OpenSCAP has to have evaluated: with content for another release it evaluates none."""


@control("SRV-01")
def test_baseline(host: Host, judge: Judge) -> None:
    """OpenSCAP evaluated a profile for the node's release, and none of its rules failed."""
    told = host.baseline
    counts, failed = told["counts"], told["failed"]
    evaluated = counts.get("pass", 0) + counts.get("fixed", 0) + counts.get("fail", 0)
    if evaluated < _RULES:
        raise not_assessed(
            f"OpenSCAP evaluated {evaluated} rules, fewer than {_RULES}",
            f"OpenSCAP chỉ đánh giá {evaluated} luật, ít hơn {_RULES}",
        )
    short = [rule.rpartition("_rule_")[2] for rule in failed]
    more = f" +{len(short) - 5}" if len(short) > 5 else ""
    judge.expect(
        not failed,
        f"no rule of {told['profile'].rpartition('_profile_')[2]} fails",
        f"{evaluated} evaluated, {len(failed)} fail",
        f"{len(failed)} rules of the baseline fail: {shown(short[:5])}{more}",
        f"{len(failed)} luật của bộ tiêu chí chưa đạt: {shown(short[:5])}{more}",
        partial=True,
    )


@control("SRV-02")
def test_only_needed_services(host: Host, judge: Judge) -> None:
    """What listens to others is what the flow matrix lets in (and SSH)."""
    allowed = judge.node.ports | {("tcp", 22)}
    extra = [
        s
        for s in host.listeners
        if not s.loopback
        and (s.transport, s.port) not in allowed
        # answers to the host's own questions come to these
        and not (s.transport == "udp" and s.port in (68, 546))
        and any(f is not Fate.DROP for f in fates(host, s.port).values())
    ]
    judge.expect(
        not extra,
        "listeners as the site's flows name them",
        shown(extra, "as named"),
        f"services that the node is not for answer others: {shown(extra)}",
        f"dịch vụ không thuộc chức năng của máy: {shown(extra)}",
    )
    unnamed = [
        s
        for s in host.listeners
        if not s.loopback and s.transport == "tcp" and (s.transport, s.port) not in allowed
    ]
    judge.expect(
        not unnamed,
        "nothing else listens",
        shown(unnamed, "nothing"),
        f"listens, though the firewall drops it: {shown(unnamed)}",
        f"đang lắng nghe dù tường lửa chặn: {shown(unnamed)}",
        partial=True,
    )


@control("SRV-03")
def test_no_autologin(host: Host, judge: Judge) -> None:
    """No getty has --autologin (agetty(8)), no display manager an automatic login."""
    gettys = re.findall(r"argv\[\]=([^;]*)", host.out("gettys"))
    auto = [line for line in gettys if re.search(r"(--autologin|\s-a\s)", line)]
    judge.expect(
        not auto,
        "agetty without --autologin",
        shown(auto, "without"),
        "a console logs somebody in by itself",
        "bàn điều khiển tự động đăng nhập",
    )
    desktop = [
        line
        for _, line in host.lines(r"/etc/(gdm3/daemon|lightdm/lightdm)\.conf")
        if re.match(r"(AutomaticLoginEnable\s*=\s*true|autologin-user\s*=\s*\S)", line, re.I)
    ]
    judge.expect(
        not desktop,
        "no automatic login",
        shown(desktop),
        "the desktop logs somebody in by itself",
        "giao diện đồ họa tự động đăng nhập",
    )


# what images and appliances come with
_VENDORS = {
    *("debian", "ubuntu", "admin", "administrator", "pi", "test", "guest", "user", "oracle"),
    *("vagrant", "cloud-user", "ec2-user", "centos", "support", "ftpuser"),
}


@control("SRV-04")
def test_default_accounts(host: Host, judge: Judge) -> None:
    """Root has no password and no SSH; nor do accounts that vendors make have a password."""
    root = next(a for a in host.accounts if a.name == "root")
    if root.scheme is None:
        raise not_assessed("shadow(5) could not be read", "không đọc được shadow(5)")
    judge.expect(
        not root.has_password,
        "root: locked",
        f"root: {root.scheme}",
        "root has a password",
        "root có mật khẩu",
    )
    login = host.setting("sshd").get("permitrootlogin", ["?"])[0]
    judge.expect(
        login == "no",
        "PermitRootLogin no",
        f"PermitRootLogin {login}",
        "root may log in over SSH",
        "root được phép đăng nhập qua SSH",
    )
    vendors = [a.name for a in host.accounts if a.name in _VENDORS and a.has_password]
    judge.expect(
        not vendors,
        "vendors' accounts without a password",
        shown(vendors, "without"),
        f"default accounts with a password: {shown(vendors)}",
        f"tài khoản mặc định có mật khẩu: {shown(vendors)}",
    )
    empty = [a.name for a in host.accounts if a.scheme == "empty"]
    judge.expect(
        not empty,
        "no empty password",
        shown(empty),
        f"accounts with an empty password: {shown(empty)}",
        f"tài khoản mật khẩu trống: {shown(empty)}",
    )


@control("SRV-05")
def test_one_person_per_account(host: Host, judge: Judge) -> None:
    """Each UID once, 0 is root's alone, and each account of a person names its owner (GECOS)."""
    accounts = host.accounts
    zero = [a.name for a in accounts if a.uid == 0]
    judge.expect(
        zero == ["root"],
        "UID 0: root",
        f"UID 0: {shown(zero)}",
        f"several accounts are root: {shown(zero)}",
        f"nhiều tài khoản có UID 0: {shown(zero)}",
    )
    uids = [a.uid for a in accounts]
    twice = [a.name for a in accounts if uids.count(a.uid) > 1 and a.uid != 0]
    judge.expect(
        not twice,
        "each UID once",
        shown(twice, "once"),
        f"accounts share a UID: {shown(twice)}",
        f"tài khoản trùng UID: {shown(twice)}",
    )
    nameless = [a.name for a in host.people if not a.gecos.strip(", ")]
    judge.expect(
        not nameless,
        "each names its owner",
        shown(nameless, "each does"),
        f"accounts without an owner's name: {shown(nameless)}",
        f"tài khoản không ghi chủ sở hữu: {shown(nameless)}",
    )


@control("SRV-06")
def test_idle_accounts(host: Host, judge: Judge) -> None:
    """Nobody whose account is open has stayed away longer than the control lets."""
    most = judge.threshold("idle_days")
    today = (judge.today - date(1970, 1, 1)).days
    people = [a for a in host.people if _open(a, today)]
    if any(a.changed is None and a.last_login is None for a in people):
        raise not_assessed(
            "neither log-ins nor changes of passwords are on record",
            "không có thông tin lần đăng nhập cuối",
        )
    idle = [f"{a.name} ({int(_idle(a, today))} d)" for a in people if _idle(a, today) > most]
    judge.expect(
        not idle,
        f"<= {most} d",
        shown(idle, f"{len(people)} accounts in use"),
        f"accounts that nobody uses are open: {shown(idle)}",
        f"tài khoản không sử dụng vẫn mở: {shown(idle)}",
    )


def _open(account: Account, today: int) -> bool:
    expired = account.expires is not None and 0 <= account.expires <= today
    return not expired and (account.has_password or account.keys > 0)


def _idle(account: Account, today: int) -> float:
    login = account.last_login / _DAY if account.last_login else None
    return today - max(d for d in (login, account.changed, 0) if d is not None)


@control("SRV-07")
def test_password_strength(host: Host, judge: Judge) -> None:
    """pam_pwquality is required and asks for 14 characters of four kinds (pwquality.conf(5))."""
    used = modules(host, "common-password", "pam_pwquality.so")
    judge.expect(
        any(m.control in ("requisite", "required") for m in used),
        "pam_pwquality requisite",
        shown((m.control for m in used), "absent"),
        "PAM does not check new passwords",
        "PAM không kiểm tra độ mạnh mật khẩu",
    )
    for name, least in (("minlen", 14), ("minclass", 4)):
        value = next((m.options[name] for m in used if name in m.options), None) or host.value(
            _PWQUALITY, name
        )
        judge.expect(
            value is not None and value.lstrip("-").isdigit() and int(value) >= least,
            f"{name} >= {least}",
            f"{name} {value}",
            f"{name} is below {least}",
            f"{name} nhỏ hơn {least}",
        )


@control("SRV-08")
def test_admin_password_age(host: Host, judge: Judge) -> None:
    """Accounts that may become root change their password in time (shadow(5), login.defs(5))."""
    most = judge.threshold("password_days")
    admins = set(host.group("sudo") + host.group("wheel") + host.group("admin")) | {"root"}
    late = [
        f"{a.name} ({a.max_days} d)"
        for a in host.accounts
        if a.name in admins
        and a.has_password
        and (a.max_days is None or a.max_days < 0 or a.max_days > most)
    ]
    judge.expect(
        not late,
        f"max. age <= {most} d",
        shown(late, "all within"),
        f"administrators' passwords get too old: {shown(late)}",
        f"mật khẩu quản trị không buộc đổi đúng hạn: {shown(late)}",
    )
    default = host.value(r"/etc/login\.defs", "PASS_MAX_DAYS", " ")
    judge.expect(
        default is not None and default.isdigit() and int(default) <= most,
        f"PASS_MAX_DAYS <= {most}",
        f"PASS_MAX_DAYS {default}",
        "new accounts need not change their password",
        "tài khoản mới không bị buộc đổi mật khẩu",
        partial=True,
    )


@control("SRV-09")
def test_password_history(host: Host, judge: Judge) -> None:
    """pam_pwhistory remembers ten."""
    used = modules(host, "common-password", "pam_pwhistory.so")
    value = next((m.options.get("remember") for m in used), None) or host.value(
        r"/etc/security/pwhistory\.conf", "remember"
    )
    judge.expect(
        bool(used) and value is not None and value.isdigit() and int(value) >= 10,
        "pam_pwhistory remember >= 10",
        f"{'pam_pwhistory' if used else 'absent'} {value}",
        "old passwords may be taken again",
        "được dùng lại mật khẩu cũ",
    )


@control("SRV-10")
def test_admin_mfa(host: Host, judge: Judge) -> None:
    """Every way of AuthenticationMethods has two different methods (sshd_config(5))."""
    methods = host.setting("sshd_admin").get("authenticationmethods", ["any"])[0]
    ways = [way.split(",") for way in methods.split()]
    single = [w for w in ways if len({m.partition(":")[0] for m in w}) < 2 or w == ["any"]]
    judge.expect(
        bool(ways) and not single,
        "two methods in each of AuthenticationMethods",
        f"AuthenticationMethods {methods}",
        "one factor lets administrators in",
        "quản trị viên chỉ cần một yếu tố để đăng nhập",
    )


@control("SRV-11")
def test_lockout(host: Host, judge: Judge) -> None:
    """pam_faillock counts in auth before and after, and locks for 12 hours (faillock.conf(5))."""
    used = modules(host, "common-auth", "pam_faillock.so")
    parts = {word for m in used for word in m.words}
    judge.expect(
        {"preauth", "authfail"} <= parts,
        "pam_faillock preauth, authfail",
        shown(sorted(parts), "absent"),
        "wrong passwords are not counted",
        "không đếm số lần nhập sai mật khẩu",
    )
    tries = judge.threshold("lockout_tries")
    deny = _of(used, "deny") or host.value(_FAILLOCK, "deny") or "3"
    judge.expect(
        deny.isdigit() and 0 < int(deny) <= tries,
        f"deny <= {tries}",
        f"deny {deny}",
        f"more than {tries} tries are let through",
        f"cho phép nhập sai quá {tries} lần",
    )
    unlock = _of(used, "unlock_time") or host.value(_FAILLOCK, "unlock_time") or "600"
    judge.expect(
        unlock in ("0", "never") or (unlock.isdigit() and int(unlock) >= 43_200),
        "unlock_time >= 43200 s",
        f"unlock_time {unlock}",
        "the account opens again before twelve hours are over",
        "tài khoản tự mở khóa trước 12 giờ",
    )


def _of(used: list, name: str) -> str | None:  # type: ignore[type-arg]
    return next((m.options[name] for m in used if name in m.options), None)


@control("SRV-12")
def test_break_glass(host: Host, judge: Judge) -> None:
    """A session of the sealed account runs a program that raises an alarm, and it exists."""
    alarms = [
        m
        for m in modules(host, "common-session", "pam_exec.so")
        if re.search(r"alarm|alert|break|glass", " ".join(m.words))
    ]
    judge.expect(
        bool(alarms),
        "pam_exec alarm in common-session",
        shown((" ".join(m.words) for m in alarms), "absent"),
        "the use of the sealed account raises no alarm",
        "sử dụng tài khoản niêm phong không phát cảnh báo",
    )
    sealed = [a.name for a in host.people if re.search(r"break.?glass|khan-cap|niem-phong", a.name)]
    judge.expect(
        bool(sealed),
        "a sealed account",
        shown(sealed),
        "there is no sealed account",
        "chưa có tài khoản niêm phong",
    )


@control("SRV-13")
def test_central_identity(host: Host, judge: Judge) -> None:
    """Accounts come over LDAP with TLS that is checked (sssd-ldap(5), RFC 4513)."""
    text = host.texts(r"/etc/sssd/(conf\.d/)?.*\.conf")
    on = host.active(r"sssd\.service", r"nslcd\.service")
    judge.expect(
        bool(on),
        "sssd active",
        shown(on, "inactive"),
        "accounts are not managed centrally (no sssd)",
        "tài khoản chưa quản lý tập trung (không có sssd)",
    )
    if not on:
        return
    secure = "ldaps://" in text or re.search(r"ldap_id_use_start_tls\s*=\s*true", text, re.I)
    unchecked = re.search(r"ldap_tls_reqcert\s*=\s*(never|allow|try)", text, re.I)
    judge.expect(
        bool(secure) and not unchecked,
        "ldaps, certificate checked",
        "checked" if secure and not unchecked else "in the clear, or not checked",
        "the directory is asked in the clear, or whoever answers is believed",
        "truy vấn thư mục không mã hóa hoặc không kiểm tra chứng thư",
    )


@control("SRV-14")
def test_least_privilege(host: Host, judge: Judge) -> None:
    """Sudo asks people for their password, and what it does is logged (sudoers(5))."""
    requires(host.paths(r"/etc/sudoers"), "no sudo", "không có sudo")
    lines = list(host.lines(r"/etc/sudoers(\.d/.*)?"))
    people = {a.name for a in host.people if a.has_password}
    groups = {
        line.split(":")[0]: set(line.split(":")[3].split(","))
        for line in host.text("/etc/group").splitlines()
        if line.count(":") == 3
    }
    free = []
    for _, line in lines:
        who = line.split()[0]
        members = groups.get(who[1:], set()) if who.startswith("%") else {who}
        if re.search(r"NOPASSWD:\s*(ALL|/bin/(ba)?sh|/usr/bin/(ba)?sh)", line) and (
            who in ("ALL", "%ALL") or members & people
        ):
            free.append(line)
    judge.expect(
        not free,
        "no NOPASSWD: ALL for people",
        shown(free),
        f"people become root without a password: {shown(free)}",
        f"người dùng lên root không cần mật khẩu: {shown(free)}",
    )
    unlogged = [line for _, line in lines if re.match(r"Defaults.*(!syslog|!log_allowed)", line)]
    logged = any(re.match(r"Defaults.*(logfile|log_output|use_pty)", line) for _, line in lines)
    judge.expect(
        not unlogged and logged,
        "Defaults use_pty, logged",
        shown(unlogged, "logged" if logged else "default"),
        "what people do as root is not logged",
        "không ghi nhật ký thao tác sudo",
    )


_WEAK_SSH = re.compile(
    r"-cbc|3des|arcfour|rc4|blowfish|cast128|md5|sha1(?!\d)|group1-|group14-sha1|ssh-dss|^ssh-rsa$|"
    r"^none$"
)


@control("SRV-16")
def test_ssh_cryptography(host: Host, judge: Judge) -> None:
    """No CBC, 3DES, RC4, MD5, SHA-1: in ``sshd -T``, and in what the server offers on the wire.

    The wire cannot be told apart from its settings by whoever forges ``sshd -T``.
    """
    requires(host.has("sshd"), "no SSH server", "không có dịch vụ SSH")
    settings = host.setting("sshd")
    names = ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms")
    said = {n: settings.get(n, [""])[0].split(",") for n in names}
    weak = sorted({a for values in said.values() for a in values if _WEAK_SSH.search(a)})
    judge.expect(
        not weak,
        "sshd -T: no CBC, 3DES, SHA-1, MD5",
        shown(weak),
        f"weak algorithms are let in: {shown(weak)}",
        f"cho phép thuật toán yếu: {shown(weak)}",
    )
    offer = host.ssh_offer
    if offer is None or "error" in offer:
        return
    lists = ("kex", "hostkey", "ciphers_in", "ciphers_out", "macs_in", "macs_out")
    wire = sorted({a for n in lists for a in offer.get(n, []) if _WEAK_SSH.search(a)})
    judge.expect(
        not wire,
        "on the wire: none of them",
        shown(wire),
        f"the server offers weak algorithms on the wire: {shown(wire)}",
        f"máy chủ SSH thực tế vẫn đề nghị thuật toán yếu: {shown(wire)}",
    )
    hidden = sorted(set(offer.get("ciphers_in", [])) - set(said["ciphers"]))
    judge.expect(
        not hidden,
        "sshd -T tells what is offered",
        shown(hidden, "it does"),
        f"the running server offers what sshd -T does not tell: {shown(hidden)}",
        f"dịch vụ đang chạy khác với sshd -T: {shown(hidden)}",
    )


_PUBLIC_ARCHIVES = re.compile(r"//[^/\s]*\b(debian\.org|ubuntu\.com|debian\.net)\b")


@control("SRV-17")
def test_central_patching(host: Host, judge: Judge) -> None:
    """Sources are the site's mirror; security updates install themselves, and none waits."""
    # what apt itself takes for its sources: they may be anywhere (apt.conf(5), Dir::Etc)
    sources = host.sources
    public = [s for s in sources if _PUBLIC_ARCHIVES.search(s)]
    judge.expect(
        bool(sources) and not public,
        "sources: the site's mirror",
        shown(public, f"{len(sources)} sources"),
        "packages come from public archives, or from none",
        "gói phần mềm không lấy từ kho nội bộ",
    )
    settings = dict(re.findall(r'^(\S+) "([^"]*)";', host.out("apt_config"), re.MULTILINE))
    by_itself = settings.get("APT::Periodic::Unattended-Upgrade", "0") not in ("0", "")
    judge.expect(
        by_itself and "unattended-upgrades" in host.packages,
        "APT::Periodic::Unattended-Upgrade 1",
        settings.get("APT::Periodic::Unattended-Upgrade", "not set"),
        "security updates do not install themselves",
        "bản vá an ninh không tự cài đặt",
    )
    waiting = host.updates
    judge.expect(
        not waiting,
        "no security update waits",
        shown(waiting),
        f"security updates wait: {shown(waiting)}",
        f"còn bản vá an ninh chưa cài: {shown(waiting)}",
    )
    lists = [a for p in host.paths(r"/var/lib/apt/lists/.*") if (a := host.age_days(p)) is not None]
    judge.expect(
        bool(lists) and min(lists) <= 30,
        "lists <= 30 d old",
        f"{min(lists):.0f} d" if lists else "no lists",
        "nobody has looked for updates for 30 days",
        "quá 30 ngày chưa kiểm tra bản vá",
    )


@control("SRV-19")
def test_supported_os(host: Host, judge: Judge) -> None:
    """The release's support ends after today (the makers' announcements, facts/support.py)."""
    release = dict(
        line.partition("=")[::2]
        for line in host.text("/etc/os-release").splitlines()
        if "=" in line
    )
    name = f"{release.get('ID', '?')} {release.get('VERSION_ID', '?')}".replace('"', "")
    end = SUPPORT.get(name)
    if end is None:
        raise not_assessed(
            f"no end of support is on record for {name}",
            f"không có thông tin thời hạn hỗ trợ của {name}",
        )
    judge.expect(
        end > judge.today,
        f"supported after {judge.today}",
        f"{name}: until {end}",
        f"{name} is supported no more since {end}",
        f"{name} hết hỗ trợ từ {end}",
    )
    judge.expect(
        end > judge.today + timedelta(days=180),
        "180 days or more are left",
        f"{name}: until {end}",
        f"the support of {name} ends soon: {end}",
        f"{name} sắp hết hỗ trợ: {end}",
        partial=True,
    )


@control("SRV-20")
def test_allowed_software(host: Host, judge: Judge) -> None:
    """No source is trusted without a signature (sources.list(5), apt-secure(8))."""
    loose = [
        line
        for _, line in host.lines(r"/etc/apt/(sources\.list(\.d/.*)?|.*\.sources)")
        if re.search(r"trusted[=:]\s*yes|allow-insecure[=:]\s*yes|allow-weak[=:]\s*yes", line, re.I)
    ]
    settings = dict(re.findall(r'^(\S+) "([^"]*)";', host.out("apt_config"), re.MULTILINE))
    loose += [
        name
        for name in (
            "APT::Get::AllowUnauthenticated",
            "Acquire::AllowInsecureRepositories",
            "Acquire::AllowWeakRepositories",
        )
        if settings.get(name, "0").lower() in ("1", "true", "yes")
    ]
    judge.expect(
        not loose,
        "signed repositories only",
        shown(loose, "signed"),
        f"software is taken without a signature: {shown(loose)}",
        f"cài phần mềm không kiểm tra chữ ký: {shown(loose)}",
    )


@control("SRV-21")
def test_asset_fields(host: Host, judge: Judge) -> None:
    """The record has every field, and the host is what the record says."""
    node = judge.node
    fields = {"system": node.system, "zone": node.zone, "unit": node.unit}
    missing = sorted(name for name, value in fields.items() if not value)
    judge.expect(
        not missing,
        "system, zone, unit",
        shown(f"{k}={v}" for k, v in fields.items()),
        f"the record lacks {shown(missing)}",
        f"danh mục thiếu {shown(missing)}",
    )
    own = {ip_address(a) for _, a, _ in host.addresses}
    absent = [a for a in node.addresses if a not in own]
    judge.expect(
        not absent,
        f"addresses {shown(node.addresses)}",
        shown(sorted(map(str, own))),
        f"the host does not have its recorded addresses: {shown(absent)}",
        f"máy không có địa chỉ đã ghi: {shown(absent)}",
    )
    hardware = [mac for _, _, mac in host.addresses if mac]
    judge.expect(
        bool(hardware), "a MAC", shown(hardware), "no hardware address", "không có địa chỉ MAC"
    )
    short = host.document["hostname"].partition(".")[0]
    judge.expect(
        short == node.name,
        f"name {node.name}",
        short,
        f"the host calls itself {short}",
        f"máy tự xưng là {short}",
    )


@control("SRV-22")
def test_rogue_devices(host: Host, judge: Judge) -> None:
    """Neighbours that the host sees (ARP, NDP) are nodes or gateways of the record."""
    known = {a for n in judge.site.nodes for a in (*n.addresses, *n.lines)}
    gateways = {
        ip_address(r["gateway"])
        for name in ("routes", "routes6")
        for r in host.json(name)
        if "gateway" in r
    }
    strange = []
    for one in host.json("neighbours"):
        address = ip_address(one["dst"].partition("%")[0])
        seen = one.get("lladdr") and not {"FAILED", "INCOMPLETE"} & set(one.get("state", []))
        if seen and within(address, judge.site.networks) and address not in known | gateways:
            first = any(
                within(address, (n,)) and int(address) - int(n.network_address) <= 2
                for _, networks in judge.site.zones
                for n in networks
            )  # routers and what gives addresses out
            if not first:
                strange.append(address)
    judge.expect(
        not strange,
        "only devices on record",
        shown(strange, "only those"),
        f"devices that nobody knows: {shown(strange)}",
        f"thiết bị lạ trong mạng: {shown(strange)}",
    )


@control("SRV-24")
def test_time_sync(host: Host, judge: Judge) -> None:
    """Chrony follows two sources that answer, and is off by less than 100 ms (chronyc(1))."""
    running = host.active(r"chrony\.service", r"chronyd\.service")
    judge.expect(
        bool(running),
        "chronyd active",
        shown(running, "inactive"),
        "chronyd does not run",
        "chronyd không chạy",
    )
    if not running:
        return
    serves = any(
        ip_address(a) in judge.known_site.time_servers
        for _, a, _ in host.addresses
        if judge.known_site
    )
    rows = [line.split(",") for line in host.out("chrony_sources").splitlines()]
    answering = [r[2] for r in rows if len(r) > 5 and r[5] not in ("0", "")]
    named = [r[2] for r in rows if len(r) > 2]
    least = 1 if serves else 2
    judge.expect(
        len(named) >= least,
        f">= {least} servers",
        shown(named),
        "fewer than two servers are named",
        "cấu hình ít hơn hai máy chủ thời gian",
    )
    judge.expect(
        len(answering) >= least,
        f">= {least} answer",
        shown(answering),
        "fewer than two servers answer",
        "ít hơn hai máy chủ thời gian phản hồi",
    )
    fields = host.out("chrony_tracking").strip().split(",")
    if host.container:
        raise not_assessed(
            "a container has no clock of its own: chronyd does not set it here",
            "máy dạng container không có đồng hồ riêng",
        )
    offset = abs(float(fields[4])) if len(fields) > 4 else 99.0
    judge.expect(
        offset < 0.1 and fields[-1] == "Normal",
        "offset < 0.1 s, leap Normal",
        f"{offset:.6f} s, {fields[-1]}",
        "the clock is wrong, or follows nobody",
        "đồng hồ sai hoặc chưa đồng bộ",
    )


@control("SRV-25")
def test_time_reference(host: Host, judge: Judge) -> None:
    """People see Vietnamese time (UTC+07:00, no summer time), the hardware clock is not local."""
    zone = host.state("/etc/localtime")
    target = str(zone["target"]) if zone else "none"
    judge.expect(
        target.endswith(("/Asia/Ho_Chi_Minh", "/Asia/Saigon", "/Asia/Bangkok")),
        "Asia/Ho_Chi_Minh",
        target.removeprefix("/usr/share/zoneinfo/"),
        "the time zone is not Vietnam's",
        "múi giờ không phải của Việt Nam",
    )
    judge.expect(
        not any(line == "LOCAL" for _, line in host.lines(r"/etc/adjtime")),
        "hardware clock: UTC",
        "UTC",
        "the hardware clock keeps local time",
        "đồng hồ phần cứng theo giờ địa phương",
    )


@control("SRV-26")
def test_access_log(host: Host, judge: Judge) -> None:
    """Sshd says who came from where; the journal or rsyslog keeps it."""
    level = host.setting("sshd").get("loglevel", ["?"])[0]
    judge.expect(
        level in ("INFO", "VERBOSE", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3"),
        "LogLevel INFO or more",
        f"LogLevel {level}",
        "log-ins are not written down",
        "không ghi nhật ký đăng nhập",
    )
    storage = host.value(r"/etc/systemd/journald\.conf(\.d/.*)?", "Storage") or "auto"
    folder = host.paths(r"/var/log/journal/.*")
    kept = storage == "persistent" or (storage == "auto" and folder)
    syslog = host.active(r"rsyslog\.service", r"syslog-ng\.service")
    judge.expect(
        bool(kept or syslog),
        "a persistent journal, or rsyslog",
        f"Storage={storage}; {shown(syslog, 'no rsyslog')}",
        "records are lost when the host starts again",
        "nhật ký mất khi khởi động lại",
    )


@control("SRV-27")
def test_process_logs(host: Host, judge: Judge) -> None:
    """The kernel records each execve on both architectures (auditctl(8))."""
    pattern = re.compile(r"-S\s*(\S*,)?execve(,\S*)?\b")
    files = [line for _, line in host.lines(r"/etc/audit/rules\.d/.*") if pattern.search(line)]
    judge.expect(
        bool(files),
        "-S execve in /etc/audit/rules.d",
        f"{len(files)} rules",
        "no rule records programs that are started",
        "không có luật ghi tiến trình",
    )
    if not files:
        return
    if host.container:
        raise not_assessed(
            "a container's kernel is its machine's: auditd does not run in it",
            "container dùng chung nhân: không chạy được auditd",
        )
    live = [line for line in host.out("audit_rules").splitlines() if pattern.search(line)]
    judge.expect(
        bool(live) and "enabled 0" not in host.out("audit_status"),
        "auditctl -l: execve",
        f"{len(live)} rules",
        "the kernel does not have the rules",
        "nhân chưa nạp luật ghi tiến trình",
    )


_SENDERS = re.compile(
    r"rsyslogd|stunnel|syslog-ng|systemd-journal|log-sender|vector|filebeat|fluent"
)
_LOG_PORTS = (6514, 19532, 20514, 2514, 24224, 5044)


@control("SRV-28")
def test_central_logs(host: Host, judge: Judge) -> None:
    """A connection to a log server stands, and its sender is told to check who is there."""
    if judge.known_site and any(
        ip_address(a) in judge.known_site.log_servers for _, a, _ in host.addresses
    ):
        raise not_applicable("it is the log server", "đây là máy chủ nhật ký")
    connections = [
        line
        for line in host.out("connections").splitlines()
        if re.search(rf":({'|'.join(map(str, _LOG_PORTS))})\s+users:", line)
        or (re.search(r":(\d+)\s+users:", line) and _SENDERS.search(line))
    ]
    outgoing = [line for line in connections if not re.search(r"\s(127\.|\[::1\])", line)]
    judge.expect(
        bool(outgoing),
        "a connection to the log server",
        f"{len(outgoing)} connections",
        "nothing sends records to a log server",
        "không gửi nhật ký về máy chủ tập trung",
    )
    text = host.texts(
        r"/etc/rsyslog\.(conf|d/.*)|/etc/stunnel/.*\.conf|/etc/systemd/journal-upload\.conf"
        r"|/usr/local/lib/bentre/log-sender"
    )
    checked = re.search(
        r"verifyChain\s*=\s*yes|verifyPeer\s*=\s*yes|checkHost|StreamDriverAuthMode=\"?x509/name|"
        r"TrustedCertificateFile\s*=\s*\S|tls\.permittedPeer|verify\s*=\s*2|"
        r"PROTOCOL_TLS_CLIENT|CERT_REQUIRED",
        text,
        re.IGNORECASE,
    )
    judge.expect(
        checked is not None,
        "TLS, the peer checked",
        checked[0] if checked else "no such setting",
        "records travel in the clear, or to whoever answers",
        "nhật ký truyền không mã hóa hoặc không kiểm tra máy nhận",
    )
    rules = host.texts(r"/etc/rsyslog\.(conf|d/.*)")
    plain = re.findall(r"^\s*\S+\s+@@?[\w\[][^\s]*", rules, re.MULTILINE)
    judge.expect(
        not plain,
        "nothing in the clear",
        shown(plain),
        "rsyslog sends in the clear",
        "rsyslog gửi dạng rõ",
    )


@control("SRV-29")
def test_retention(host: Host, judge: Judge) -> None:
    """What removes old records lets them be as long as the level asks."""
    judge_retention(host, judge, judge.threshold("log_days"))


def judge_retention(host: Host, judge: Judge, least: int) -> None:
    """Judge how long a log server keeps records, in days."""
    days = kept_days(host)
    requires(
        days is not None or host.listens(6514, 514, 19532),
        "it keeps no records of others",
        "không phải máy chủ nhật ký",
    )
    judge.expect(
        days is not None and days >= least,
        f">= {least} d",
        f"{days} d" if days is not None else "no rule found",
        f"records are kept for less than {least} days",
        f"nhật ký lưu chưa đủ {least} ngày",
    )


_UNITS = {"day": 1, "d": 1, "week": 7, "month": 30, "year": 365, "": 1 / 86_400, "s": 1 / 86_400}


def kept_days(host: Host) -> int | None:
    """Days that the host keeps records of others; None where nothing says so."""
    told = re.search(r"^DAYS = (\d+) \* (\d+)$", host.text("/usr/local/sbin/bentre-logs"), re.M)
    if told and host.active(r"bentre-logs\.timer"):
        return int(told[1]) * int(told[2])
    retention = host.value(r"/etc/systemd/journald\.conf(\.d/.*)?", "MaxRetentionSec")
    if retention and (match := re.fullmatch(r"(\d+)\s*(\w*?)s?", retention)):
        unit = match[2].lower()
        return int(int(match[1]) * _UNITS.get(unit, 0))
    text = host.text("/etc/logrotate.conf")
    rotate, period = (
        re.search(r"^rotate (\d+)", text, re.M),
        re.search(r"^(weekly|daily|monthly)", text, re.M),
    )
    if rotate and period and host.active(r"rsyslog\.service"):
        return int(rotate[1]) * {"daily": 1, "weekly": 7, "monthly": 30}[period[1]]
    return None


@control("SRV-30")
def test_log_space_alarm(host: Host, judge: Judge) -> None:
    """A rule of Prometheus looks at the space that is left."""
    rules = host.text("/etc/prometheus/rules.yml")
    requires(rules or host.listens(6514, 514, 19532), "no log server", "không phải máy chủ nhật ký")
    found = re.findall(r"node_filesystem_(?:avail|free)_bytes", rules)
    judge.expect(
        bool(found),
        "a rule on node_filesystem_avail_bytes",
        f"{len(found)} rules",
        "nobody is told when the space runs out",
        "không có cảnh báo khi sắp hết dung lượng",
    )
    judge.expect(
        bool(host.active(r"prometheus\.service")),
        "prometheus active",
        shown(host.active(r"prometheus\.service"), "inactive"),
        "no program looks at the rules",
        "không có chương trình theo dõi cảnh báo",
    )


@control("SRV-33")
def test_logs_apart(host: Host, judge: Judge) -> None:
    """The log server stands in management, and its records lie on an encrypted volume."""
    node = judge.node
    judge.expect(
        node.zone == "management",
        "zone management",
        f"zone {node.zone}",
        "records lie in the zone that they come from",
        "nhật ký lưu cùng vùng với nguồn",
    )
    crypt = [b for b in host.json("blocks").get("blockdevices", []) if b.get("type") == "crypt"]
    mounted = [m for b in crypt for m in (b.get("mountpoints") or []) if m]
    judge.expect(
        any(m == "/" or m.startswith(("/var", "/srv")) for m in mounted),
        "LUKS beneath the records",
        shown(mounted),
        "records lie on a volume in the clear",
        "nhật ký lưu trên ổ đĩa không mã hóa",
    )


@control("SRV-34")
def test_anti_malware(host: Host, judge: Judge) -> None:
    """The scanner and its on-access part run, with fresh signatures (clamd.conf(5))."""
    daemon = host.active(r"clamav-daemon\.service")
    access = host.active(r"clamav-clamonacc\.service", r"clamonacc.*\.service")
    judge.expect(
        bool(daemon),
        "clamav-daemon active",
        shown(daemon, "inactive"),
        "no scanner for malware runs",
        "không có phần mềm chống mã độc đang chạy",
    )
    if daemon:
        ages = [
            age for p in host.paths(r"/var/lib/clamav/.*") if (age := host.age_days(p)) is not None
        ]
        most = judge.threshold("signature_days")
        judge.expect(
            bool(ages) and min(ages) <= most,
            f"signatures <= {most} d",
            f"{min(ages):.1f} d" if ages else "none",
            "signatures are too old",
            "mẫu nhận dạng quá cũ",
        )
    if daemon and not access and host.container:
        raise not_assessed(
            "a container may not watch files being opened (fanotify)",
            "container không theo dõi được việc mở tệp (fanotify)",
        )
    judge.expect(
        bool(access),
        "on-access scanning",
        shown(access, "inactive"),
        "files are not scanned when they are opened",
        "không quét khi truy cập tệp",
    )


@control("SRV-35")
def test_removable_media(host: Host, judge: Judge) -> None:
    """usb-storage cannot be loaded (modprobe.d(5))."""
    result = host.document["commands"].get("usb_storage") or {}
    host.has("usb_storage")
    installs = [
        line
        for _, line in host.lines(r"/etc/modprobe\.d/.*")
        if re.fullmatch(r"install\s+usb[-_]storage\s+\S*/(false|true)", line)
    ]
    off = re.search(r"install \S*/(false|true)", result.get("out", ""))
    judge.expect(
        bool(installs or off),
        "install usb-storage /bin/false",
        shown(installs, "not blocked"),
        "a memory stick can be attached",
        "vẫn gắn được thiết bị USB",
    )


@control("SRV-36")
def test_exploit_protection(host: Host, judge: Judge) -> None:
    """Address spaces are random (sysctl kernel(5)), AppArmor is on."""
    value = host.sysctl("kernel.randomize_va_space")
    judge.expect(
        value == "2",
        "kernel.randomize_va_space = 2",
        value,
        "address spaces are not random",
        "không ngẫu nhiên hóa không gian địa chỉ",
    )
    enabled = host.text("/sys/module/apparmor/parameters/enabled").strip()
    if host.container and enabled != "Y":
        raise not_assessed(
            "AppArmor is the machine's affair, not a container's",
            "AppArmor thuộc máy vật lý, không thuộc container",
        )
    judge.expect(
        enabled == "Y",
        "AppArmor: Y",
        f"AppArmor: {enabled or 'absent'}",
        "AppArmor is off",
        "AppArmor đang tắt",
    )
    enforced = [
        mode for mode in host.json("apparmor").get("profiles", {}).values() if mode == "enforce"
    ]
    judge.expect(
        bool(enforced),
        "profiles enforced",
        f"{len(enforced)}",
        "AppArmor enforces no profile",
        "AppArmor không áp dụng hồ sơ nào",
    )


@control("SRV-39")
def test_file_integrity(host: Host, judge: Judge) -> None:
    """AIDE's database is there and a timer runs it daily."""
    timers = host.active(r".*(aide|integrity).*\.timer")
    database = host.paths(r"/var/lib/aide/aide\.db|/var/lib/bentre/integrity/database")
    judge.expect(
        bool(timers),
        "a daily timer",
        shown(timers, "none"),
        "nothing compares files regularly",
        "không so sánh tệp định kỳ",
    )
    judge.expect(
        bool(database),
        "a database of AIDE",
        shown(database),
        "there is no known state to compare with",
        "chưa có trạng thái chuẩn để so sánh",
    )


@control("SRV-41")
def test_dns_filtering(host: Host, judge: Judge) -> None:
    """Name servers are the site's (resolv.conf(5), resolved.conf(5)); a resolver has an RPZ."""
    site = judge.site
    own = {ip_address(a) for _, a, _ in host.addresses}
    if own & set(site.resolvers):
        text = host.texts(r"/etc/unbound/.*|/etc/bind/.*")
        judge.expect(
            re.search(r"^\s*rpz:|response-policy", text, re.MULTILINE) is not None,
            "a response policy zone",
            "set" if "rpz:" in text else "none",
            "the resolver blocks no bad names",
            "máy phân giải không chặn tên miền độc hại",
        )
        return
    files = r"/etc/resolv\.conf|/run/systemd/resolve/resolv\.conf"
    asked = []
    for _, line in host.lines(files):
        match = re.match(r"nameserver\s+(.*)", line)
        asked += [w.partition("#")[0].partition("%")[0] for w in match[1].split()] if match else []
    servers = {ip_address(a) for a in asked}
    foreign = [a for a in servers if a not in site.resolvers and not a.is_loopback]
    judge.expect(
        bool(servers) and not foreign,
        f"resolvers {shown(site.resolvers)}",
        shown(sorted(map(str, servers))),
        f"names are looked up elsewhere: {shown(foreign)}",
        f"phân giải tên miền ở nơi khác: {shown(foreign)}",
    )
    judge.expect(
        bool(servers & set(site.resolvers)),
        "one of the site's resolvers is named",
        shown(sorted(map(str, servers))),
        "none of the site's resolvers is named",
        "chưa dùng máy phân giải nội bộ",
    )


@control("SRV-42")
def test_resource_monitoring(host: Host, judge: Judge) -> None:
    """An exporter answers; where Prometheus runs, every node of the site is among its targets."""
    exporter = host.active(r"prometheus-node-exporter\.service", r"node_exporter\.service",
                           r"zabbix-agent2?\.service", r"telegraf\.service")  # fmt: skip
    judge.expect(
        bool(exporter),
        "an exporter is active",
        shown(exporter, "none"),
        "nothing measures the host",
        "không có chương trình giám sát",
    )
    if host.active(r"prometheus\.service") and judge.known_site is not None:
        targets = host.text("/etc/prometheus/nodes.json") + host.text(
            "/etc/prometheus/prometheus.yml"
        )
        missing = [
            n.name
            for n in judge.known_site.nodes
            if n.name not in targets and not any(str(a) in targets for a in n.addresses)
        ]
        judge.expect(
            not missing,
            "every node of the site",
            shown(missing, "every one"),
            f"nodes that nobody measures: {shown(missing)}",
            f"máy chưa được giám sát: {shown(missing)}",
        )
