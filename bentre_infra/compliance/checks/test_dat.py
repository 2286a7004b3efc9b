"""Data."""

import re

from bentre_infra.compliance.checks.common import requires, setting_of_postgres, shown
from bentre_infra.compliance.checks.control import Judge, control, not_assessed
from bentre_infra.compliance.facts.cloud import Cloud
from bentre_infra.compliance.facts.host import Host

# yescrypt, gost-yescrypt, SHA512-crypt, Argon2 (crypt(5))
_STRONG = {"y", "gy", "6", "7", "argon2id"}


@control("DAT-01")
def test_credentials_protected(host: Host, judge: Judge) -> None:
    """Hashes are slow ones; shadow(5), its copies and private keys are their owners' alone."""
    weak = [
        f"{a.name} ({a.scheme})"
        for a in host.accounts
        if a.has_password and a.scheme not in _STRONG and a.scheme != "empty"
    ]
    judge.expect(
        not weak,
        "yescrypt, SHA512-crypt, Argon2",
        shown(weak, "only those"),
        f"passwords are hashed weakly: {shown(weak)}",
        f"mật khẩu băm yếu: {shown(weak)}",
    )
    open_ = []
    for path in host.paths(r"/etc/g?shadow-?|/etc/ssh/ssh_host_.*_key|/etc/bentre/pki/.*key\.pem"):
        state = host.state(path)
        allowed = 0o640 if "shadow" in path or "pki" in path else 0o600
        if state and state["kind"] == "file" and state["mode"] & ~allowed & 0o777:
            open_.append(f"{path} {state['mode']:04o}")
    judge.expect(
        not open_,
        "shadow 0640, private keys 0600 (0640 for a service's group)",
        shown(open_, "as they have to be"),
        f"others can read: {shown(open_)}",
        f"người khác đọc được: {shown(open_)}",
    )


@control("DAT-02")
def test_encryption_at_rest(host: Host, judge: Judge) -> None:
    """File systems on devices of their own lie in LUKS (lsblk: crypt)."""
    if host.container:
        raise not_assessed(
            "a container sees its machine's disks, not its own",
            "container nhìn thấy ổ đĩa của máy vật lý",
        )
    devices = {b["name"]: b for b in host.json("blocks").get("blockdevices", [])}
    data = [
        b
        for b in devices.values()
        if any(m and m.startswith(("/srv", "/var/lib", "/data", "/home")) for m in _mounts(b))
    ]
    requires(data, "no volume with data is mounted", "không có ổ đĩa dữ liệu riêng")
    plain = [b["name"] for b in data if b["type"] != "crypt" and not _inside_crypt(b, devices)]
    judge.expect(
        not plain,
        "LUKS",
        shown(plain, "LUKS"),
        f"volumes with data are in the clear: {shown(plain)}",
        f"ổ đĩa dữ liệu không mã hóa: {shown(plain)}",
    )


def _mounts(block: dict) -> list[str]:  # type: ignore[type-arg]
    return [m for m in block.get("mountpoints") or [] if m]


def _inside_crypt(block: dict, devices: dict) -> bool:  # type: ignore[type-arg]
    parent = devices.get(block.get("pkname") or "")
    return parent is not None and (parent["type"] == "crypt" or _inside_crypt(parent, devices))


@control("DAT-02")
def test_volume_types_encrypt(cloud: Cloud, judge: Judge) -> None:
    """Every volume has an encrypted type (Cinder)."""
    requires(cloud.volumes, "no volumes", "không có ổ đĩa")
    plain = [v["name"] or v["id"] for v in cloud.volumes if not v["encrypted"]]
    judge.expect(
        not plain,
        "encrypted volume types",
        shown(plain, "all"),
        f"volumes in the clear: {shown(plain)}",
        f"ổ đĩa không mã hóa: {shown(plain)}",
    )


@control("DAT-03")
def test_encryption_in_transit(host: Host, judge: Judge) -> None:
    """PostgreSQL has ssl and hostssl, OpenLDAP asks for a strength, AMQP is not in the clear."""
    postgres = host.paths(r"/etc/postgresql/.*/postgresql\.conf")
    ldap = host.listens(389, 636)
    queue = host.listens(5672)
    database = host.listens(5432, 3306) or postgres
    requires(ldap or queue or database, "no database, directory or queue", "không có CSDL, thư mục")
    if postgres:
        value = setting_of_postgres(host, "ssl") or "off"
        judge.expect(
            value.strip("'\"").split()[0] in ("on", "true", "yes"),
            "ssl = on",
            f"ssl = {value}",
            "PostgreSQL has no TLS",
            "PostgreSQL chưa bật TLS",
        )
        plain = [
            line
            for _, line in host.lines(r"/etc/postgresql/.*/pg_hba\.conf")
            if re.match(r"host(nossl)?\s", line) and not re.search(r"\s(127\.|::1)", line)
        ]
        judge.expect(
            not plain,
            "hostssl only",
            shown(plain, "hostssl only"),
            "PostgreSQL takes connections in the clear",
            "PostgreSQL nhận kết nối không mã hóa",
        )
    if ldap:
        text = host.text("/etc/ldap/slapd.d/cn=config.ldif")
        if host.listens(389) and not text:
            raise not_assessed(
                "slapd's settings could not be read", "không đọc được cấu hình slapd"
            )
        strength = re.search(r"olcSecurity:.*\bssf=(\d+)", text)
        judge.expect(
            not host.listens(389) or (strength is not None and int(strength[1]) >= 128),
            "olcSecurity ssf >= 128, or no 389",
            strength[0] if strength else "none",
            "the directory answers in the clear",
            "thư mục trả lời không mã hóa",
        )
        judge.expect(
            bool(host.listens(636)),
            "636: TLS",
            shown(host.listens(636), "closed"),
            "the directory has no LDAPS",
            "thư mục không có LDAPS",
        )
    judge.expect(
        not queue,
        "no AMQP in the clear",
        shown(queue, "closed"),
        "the queue takes connections in the clear (5672)",
        "hàng đợi nhận kết nối không mã hóa (5672)",
    )
