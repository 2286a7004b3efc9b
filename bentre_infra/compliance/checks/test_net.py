"""The network."""

import re
from ipaddress import ip_address

from bentre_infra.compliance.checks.common import (
    STRANGERS,
    UNUSED_PORT,
    fates,
    requires,
    setting_of_postgres,
    shown,
)
from bentre_infra.compliance.checks.control import Judge, control, not_assessed
from bentre_infra.compliance.facts.cloud import Cloud
from bentre_infra.compliance.facts.host import Host
from bentre_infra.compliance.facts.nft import Address, Fate, Packet
from bentre_infra.compliance.facts.site import within
from bentre_infra.site.levels import zones_required


@control("NET-01")
def test_zone_set(cloud: Cloud, judge: Judge) -> None:
    """The level's zones (TT 12/2022) are networks, and a port lies in one of them."""
    zones = cloud.zones
    missing = sorted(zones_required(judge.level) - set(zones))
    judge.expect(
        not missing,
        f"zones {shown(sorted(zones_required(judge.level)))}",
        shown(sorted(zones)),
        f"zones without a network: {shown(missing)}",
        f"vùng chưa có mạng: {shown(missing)}",
    )
    doubled = [s["name"] for s in cloud.servers if len(cloud.zones_of(s)) > 1]
    judge.expect(
        not doubled or cloud.routers_only(doubled),
        "each server in one zone",
        shown(doubled, "each in one"),
        f"servers with ports in several zones: {shown(doubled)}",
        f"máy nằm ở nhiều vùng: {shown(doubled)}",
    )


@control("NET-02")
def test_default_deny_in(host: Host, judge: Judge) -> None:
    """A connection that no rule names is dropped, on both families (followed, not searched)."""
    for address, fate in fates(host, UNUSED_PORT).items():
        if fate is Fate.UNKNOWN:
            raise not_assessed(
                "the rules depend on what cannot be seen from outside (interface, mark)",
                "luật phụ thuộc yếu tố không xác định được từ ngoài",
            )
        family = "IPv6" if ":" in address else "IPv4"
        judge.expect(
            fate is Fate.DROP,
            f"{family} input: drop",
            f"{family} input: {fate}",
            f"{family}: a new connection to a port that no rule names gets in",
            f"{family}: kết nối mới tới cổng không khai báo vẫn vào được",
        )
    if host.sysctl("net.ipv4.ip_forward") == "1":
        fate = host.firewall.fate(Packet("forward", STRANGERS[0], "tcp", UNUSED_PORT))
        judge.expect(
            fate is not Fate.ACCEPT,
            "forward: drop",
            f"forward: {fate}",
            "the host forwards what no rule names",
            "máy chuyển tiếp lưu lượng không khai báo",
        )


@control("NET-03")
def test_egress_control(host: Host, judge: Judge) -> None:
    """A connection out that no rule names is dropped."""
    for address in STRANGERS:
        fate = host.firewall.fate(Packet("output", address, "tcp", UNUSED_PORT))
        family = f"IPv{address.version}"
        judge.expect(
            fate is Fate.DROP,
            f"{family} output: drop",
            f"{family} output: {fate}",
            f"{family}: the host may open connections to anybody",
            f"{family}: máy được mở kết nối ra bất kỳ đâu",
        )


_INSECURE = {
    ("tcp", 21): "FTP",
    ("tcp", 23): "telnet",
    ("udp", 69): "TFTP",
    ("tcp", 512): "rexec",
    ("tcp", 513): "rlogin",
    ("tcp", 514): "rsh",
}
_INSECURE_PACKAGES = {
    *("telnetd", "inetutils-telnetd", "telnetd-ssl", "rsh-server", "rsh-redone-server"),
    *("tftpd", "tftpd-hpa", "atftpd", "nis", "inetutils-ftpd", "ftpd-ssl"),
}


@control("NET-04")
def test_no_insecure_protocols(host: Host, judge: Judge) -> None:
    """Nothing listens on the ports of telnet, FTP, TFTP and the r-commands (IANA)."""
    open_ = [s for s in host.listeners if (s.transport, s.port) in _INSECURE and not s.loopback]
    judge.expect(
        not open_,
        "21, 23, 69, 512-514 closed",
        shown(open_, "closed"),
        f"protocols in the clear are open: {shown(open_)}",
        f"đang mở giao thức không mã hóa: {shown(open_)}",
    )
    packages = sorted(_INSECURE_PACKAGES & set(host.packages))
    judge.expect(
        not packages,
        "no such servers installed",
        shown(packages),
        f"installed: {shown(packages)}",
        f"đã cài: {shown(packages)}",
    )


@control("NET-05")
def test_idle_timeout(host: Host, judge: Judge) -> None:
    """TMOUT is readonly and at most 300 s; ChannelTimeout is set (sshd_config(5), 9.2 on).

    ClientAliveInterval is no idle timeout: it asks whether the client lives, not its user.
    """
    text = host.texts(r"/etc/profile(\.d/.*\.sh)?|/etc/bash\.bashrc")
    values = [int(v) for v in re.findall(r"^[^#\n]*\bTMOUT=(\d+)", text, re.MULTILINE)]
    readonly = re.search(r"^[^#\n]*(readonly|declare -r|typeset -r)[^#\n]*\bTMOUT", text, re.M)
    judge.expect(
        bool(values) and 0 < max(values) <= 300 and readonly is not None,
        "readonly TMOUT <= 300",
        f"TMOUT {shown(values)}{' readonly' if readonly else ''}",
        "idle shells stay open, or users may change TMOUT",
        "phiên dòng lệnh không tự đóng, hoặc người dùng tự đổi được TMOUT",
    )
    channel = host.setting("sshd").get("channeltimeout", ["none"])
    limited = any(re.search(r"session\S*=(\d+[smh]?)", value) for value in channel)
    judge.expect(
        limited or any(re.search(r"\*=", value) for value in channel),
        "ChannelTimeout session=…",
        f"ChannelTimeout {shown(channel)}",
        "idle channels of SSH stay open",
        "kênh SSH không hoạt động không tự đóng",
    )


@control("NET-06")
def test_connection_limits(host: Host, judge: Judge) -> None:
    """A ct count in the rules; where there is Postfix or nginx, their own limits too."""
    counted = [s for s in host.firewall.statements() if "ct count" in s]
    judge.expect(
        bool(counted),
        "ct count",
        f"{len(counted)} rules",
        "no rule limits the connections of one source",
        "tường lửa không giới hạn số kết nối của một nguồn",
    )
    if host.has("postfix"):
        limit = host.assignments("postfix").get("smtpd_client_connection_count_limit", "0")
        judge.expect(
            limit.isdigit() and int(limit) > 0,
            "smtpd_client_connection_count_limit > 0",
            limit,
            "Postfix does not limit the connections of one client",
            "Postfix không giới hạn số kết nối của một máy",
        )
    if host.active(r"nginx\.service"):
        limits = re.search(r"^\s*limit_conn\s", host.texts(r"/etc/nginx/.*"), re.MULTILINE)
        judge.expect(
            limits is not None or bool(counted),
            "limit_conn, or ct count",
            "set" if limits or counted else "none",
            "nothing limits the connections of one client to nginx",
            "không giới hạn số kết nối của một máy tới nginx",
        )


@control("NET-07")
def test_admin_sources_limited(host: Host, judge: Judge) -> None:
    """SSH is dropped for strangers, by the rules and for whoever tried from another zone."""
    ports = sorted({s.port for s in host.listeners if s.program == "sshd" and not s.loopback})
    requires(ports, "no SSH server listens", "không có dịch vụ SSH")
    for port in ports:
        for address, fate in fates(host, port).items():
            judge.expect(
                fate is Fate.DROP,
                f"{port}/tcp from {address}: drop",
                str(fate),
                f"SSH ({port}/tcp) answers anybody, also {address}",
                f"SSH ({port}/tcp) nhận kết nối từ mọi nơi, kể cả {address}",
            )
    for tried in host.reach(22):
        judge.expect(
            tried["result"] != "open",
            f"a probe from zone {tried['zone']}: no answer",
            tried["result"],
            f"SSH was reached from zone {tried['zone']}",
            f"kết nối SSH được từ vùng {tried['zone']}",
        )


_REMOTE_ADMIN = (22, 3389, 5900, 10000)


@control("NET-08")
def test_remote_admin_by_vpn(host: Host, judge: Judge) -> None:
    """At a gateway no administration port is open to strangers, and a tunnel's service runs."""
    tunnels = host.active(
        r"strongswan.*\.service", r"wg-quick@.*\.service", r"openvpn.*\.service", r"charon.*"
    )
    gateway = host.sysctl("net.ipv4.ip_forward") == "1"
    requires(gateway or tunnels, "no gateway to the outside", "không phải máy biên")
    ports = [p for p in _REMOTE_ADMIN if host.listens(p)]
    open_ = [p for p in ports if Fate.DROP not in fates(host, p).values()]
    judge.expect(
        not open_,
        "22, 3389, 5900, 10000: drop",
        shown(open_, "dropped or closed"),
        f"administration from the Internet without a VPN: {shown(open_)}",
        f"cổng quản trị mở ra Internet không qua VPN: {shown(open_)}",
    )
    judge.expect(
        bool(tunnels),
        "a VPN's unit is active",
        shown(tunnels),
        "no VPN runs here",
        "không có dịch vụ VPN",
    )


@control("NET-10")
def test_jump_host(host: Host, judge: Judge) -> None:
    """SSH from addresses of the site that are no bastion's is dropped."""
    bastions = judge.site.bastions
    requires(bastions, "the site has no bastion", "hệ thống không có máy quản trị trung gian")
    if any(ip_address(a) in bastions for _, a, _ in host.addresses):
        requires(False, "it is the bastion", "đây là máy quản trị trung gian")
    others = tuple(
        a
        for n in judge.site.nodes
        for a in n.addresses
        if a not in bastions and n.name != judge.subject
    )
    open_ = [a for a, fate in fates(host, 22, others).items() if fate is not Fate.DROP]
    judge.expect(
        not open_,
        "SSH from bastions alone",
        shown(open_[:4], "bastions alone"),
        f"SSH is accepted from {len(open_)} addresses that are no bastion's",
        f"SSH nhận từ {len(open_)} địa chỉ không phải máy trung gian",
    )
    admins = tuple(n[1] for n in judge.site.admins)
    direct = [a for a, fate in fates(host, 22, admins).items() if fate is not Fate.DROP]
    judge.expect(
        not direct,
        "no SSH from administrators' networks directly",
        shown(direct),
        f"administrators come in without the bastion: {shown(direct)}",
        f"quản trị viên vào thẳng không qua máy trung gian: {shown(direct)}",
    )


@control("NET-11")
def test_isolated_management_network(cloud: Cloud, judge: Judge) -> None:
    """The management zone's subnets have no gateway."""
    subnets = cloud.subnets_of("management")
    requires(subnets, "no management network", "không có mạng quản trị")
    with_gateway = [s["cidr"] for s in subnets if s.get("gateway_ip")]
    judge.expect(
        not with_gateway,
        "gateway_ip: none",
        shown(with_gateway),
        f"the management network has a gateway: {shown(with_gateway)}",
        f"mạng quản trị có cổng ra: {shown(with_gateway)}",
    )


@control("NET-13")
def test_signatures_fresh(host: Host, judge: Judge) -> None:
    """The newest database of ClamAV or Suricata is at most so old as the control says."""
    paths = host.paths(r"/var/lib/clamav/.*|/var/lib/suricata/rules/.*")
    scanners = host.active(r"clamav-daemon\.service", r"suricata\.service", r"rspamd\.service")
    requires(paths or scanners, "no scanner here", "không có bộ quét")
    ages = [age for path in paths if (age := host.age_days(path)) is not None]
    most = judge.threshold("signature_days")
    judge.expect(
        bool(ages) and min(ages) <= most,
        f"<= {most} d",
        f"{min(ages):.1f} d" if ages else "no database",
        "signatures are older than they may be, or there are none",
        "mẫu nhận dạng quá hạn hoặc không có",
    )


@control("NET-14")
def test_hot_standby(cloud: Cloud, judge: Judge) -> None:
    """Fronts and edges are at least two, on different hosts."""
    groups = cloud.groups(r"(.*-)?(front|edge)-\d+")
    requires(groups, "no front and no edge here", "không có máy phía trước hoặc máy biên")
    for name, servers in groups.items():
        judge.expect(
            len(servers) >= 2,
            f"{name}: >= 2",
            f"{name}: {len(servers)}",
            f"{name} is not doubled",
            f"{name} không có dự phòng",
        )
        hosts = {s.get("host") for s in servers}
        judge.expect(
            len(servers) < 2 or len(hosts) > 1,
            f"{name}: on different hosts",
            f"{name}: {len(hosts)} hosts",
            f"{name}: all on one host",
            f"{name}: cùng nằm trên một máy vật lý",
        )


@control("NET-15")
def test_dual_paths(host: Host, judge: Judge) -> None:
    """Two interfaces have a full OSPF neighbour each."""
    requires(host.active(r"frr\.service"), "no router", "không phải bộ định tuyến")
    neighbours = host.json("ospf").get("neighbors", {})
    links = {
        one.get("ifaceName", "").partition(":")[0]
        for found in neighbours.values()
        for one in found
        if str(one.get("nbrState", one.get("state", ""))).startswith("Full")
    }
    judge.expect(
        len(links) >= 2,
        "full neighbours on >= 2 lines",
        shown(sorted(links)),
        "only one line, or none, has a neighbour",
        "chỉ có một đường truyền (hoặc không có) đang hoạt động",
    )


@control("NET-17")
def test_anti_ddos(host: Host, judge: Judge) -> None:
    """SYN cookies are on (tcp(7)), and a rule limits a rate."""
    cookies = host.sysctl("net.ipv4.tcp_syncookies")
    judge.expect(
        cookies in ("1", "2"),
        "net.ipv4.tcp_syncookies = 1",
        cookies,
        "SYN cookies are off",
        "chưa bật SYN cookies",
    )
    limits = [s for s in host.firewall.statements() if "limit" in s]
    over = [s for s in limits if isinstance(s["limit"], dict) and s["limit"].get("inv")]
    judge.expect(
        bool(over),
        "limit rate over … drop",
        f"{len(over)} rules",
        "no rule limits the rate of new connections",
        "không có luật giới hạn tốc độ kết nối",
    )


_DATABASES = (5432, 3306, 6379, 27017)


@control("NET-18")
def test_database_firewall(host: Host, judge: Judge) -> None:
    """The database's port is dropped for strangers and for other nodes; TLS only; pgaudit."""
    ports = [p for p in _DATABASES if host.listens(p)]
    server = host.active(r"postgresql@.*\.service", r"mariadb\.service", r"mysql\.service")
    requires(ports or server, "no database here", "không có cơ sở dữ liệu")
    for port in ports:
        open_ = [a for a, fate in fates(host, port).items() if fate is not Fate.DROP]
        judge.expect(
            not open_,
            f"{port}/tcp from strangers: drop",
            shown(open_, "drop"),
            f"{port}/tcp answers anybody",
            f"{port}/tcp nhận kết nối từ mọi nơi",
        )
    if host.paths(r"/etc/postgresql/.*/pg_hba\.conf"):
        plain = [
            line
            for _, line in host.lines(r"/etc/postgresql/.*/pg_hba\.conf")
            if re.match(r"host(nossl)?\s", line) and not re.search(r"\s(127\.|::1)", line)
        ]
        judge.expect(
            not plain,
            "pg_hba: hostssl only",
            shown(plain, "hostssl only"),
            "pg_hba.conf lets connections in the clear in",
            "pg_hba.conf cho phép kết nối không mã hóa",
        )
        libraries = setting_of_postgres(host, "shared_preload_libraries") or ""
        judge.expect(
            "pgaudit" in libraries,
            "pgaudit loaded",
            libraries or "none",
            "what is done in the database is not recorded (pgaudit)",
            "chưa ghi nhật ký thao tác cơ sở dữ liệu (pgaudit)",
            partial=True,
        )


@control("NET-19")
def test_port_security(cloud: Cloud, judge: Judge) -> None:
    """Neutron's port security is on for every network and every port of a server."""
    off = [n["name"] for n in cloud.networks if not n["port_security_enabled"]]
    off += [p["name"] or p["id"] for p in cloud.server_ports if not p["port_security_enabled"]]
    judge.expect(
        not off,
        "port_security_enabled",
        shown(off, "on everywhere"),
        f"port security is off: {shown(off)}",
        f"port security đang tắt: {shown(off)}",
    )


# for administrators and for measurements: IANA, and Prometheus' list of default ports
_ADMIN_PORTS = (22, 3000, 9090, 9091, 9093, 9100, 10050, 11334, 8953, 5665, 953)


@control("NET-23")
def test_admin_apart_from_service(host: Host, judge: Judge) -> None:
    """What administrators and monitoring use is dropped for strangers."""
    listening = [p for p in _ADMIN_PORTS if host.listens(p)]
    requires(listening, "no such port listens", "không có cổng quản trị")
    open_ = [p for p in listening if any(f is not Fate.DROP for f in fates(host, p).values())]
    judge.expect(
        not open_,
        "from management addresses only",
        shown(open_, "closed to others"),
        f"administration ports answer others: {shown(open_)}",
        f"cổng quản trị nhận kết nối từ nơi khác: {shown(open_)}",
    )


@control("NET-24")
def test_host_firewall(host: Host, judge: Judge) -> None:
    """nftables runs now and at boot, and has a chain that sees what comes in."""
    on = host.active(r".*nftables.*\.service", r".*firewall.*\.service", r"ufw\.service")
    boot = host.enabled(r".*nftables.*\.service", r".*firewall.*\.service", r"ufw\.service")
    judge.expect(
        bool(on and boot),
        "active and enabled",
        f"active {shown(on)}; enabled {shown(boot)}",
        "no firewall's unit is active and comes up at boot",
        "tường lửa máy chủ chưa bật hoặc không tự bật khi khởi động",
    )
    families = [f for f in ("ip", "ip6") if host.firewall.base("input", f)]
    judge.expect(
        families == ["ip", "ip6"],
        "input chains for ip, ip6",
        shown(families),
        "the kernel has no rules for what comes in",
        "nhân không có luật lọc chiều vào",
    )


@control("NET-25")
def test_ipv6(host: Host, judge: Judge) -> None:
    """A global IPv6 address, services on both families, and the same fate for both."""
    six = [a for _, a, _ in host.addresses if ":" in a]
    judge.expect(
        bool(six), "a global IPv6 address", shown(six), "no IPv6 address", "không có địa chỉ IPv6"
    )
    served = sorted({s.port for s in host.listeners if not s.loopback and s.transport == "tcp"})
    for port in served:
        here = host.listens(port)
        if any(s.address in ("*", "::") or ":" in s.address for s in here):
            continue
        if any(s.port in (25, 53, 80, 443, 465, 993) for s in here):
            judge.expect(
                False,
                f"{port}/tcp over IPv6",
                "IPv4 only",
                f"{port}/tcp does not answer over IPv6",
                f"{port}/tcp không phục vụ qua IPv6",
            )
    differ = [p for p in (*served, UNUSED_PORT) if len(set(fates(host, p).values())) > 1]
    judge.expect(
        not differ,
        "the same rules for both",
        shown(differ, "the same"),
        f"IPv4 and IPv6 differ at ports {shown(differ)}",
        f"luật IPv4 và IPv6 khác nhau ở cổng {shown(differ)}",
    )


@control("NET-26")
def test_addresses_as_allotted(host: Host, judge: Judge) -> None:
    """Each address lies in the site's space, and no other node has it."""
    networks = judge.site.networks
    own: list[Address] = [ip_address(a) for _, a, _ in host.addresses]
    outside = [a for a in own if not within(a, networks)]
    judge.expect(
        not outside,
        f"within {shown(networks)}",
        shown(outside, "within"),
        f"addresses outside of the allotted space: {shown(outside)}",
        f"địa chỉ ngoài dải được cấp: {shown(outside)}",
    )
    others = {a for n in judge.site.nodes if n.name != judge.subject for a in n.addresses}
    doubled = [a for a in own if a in others]
    judge.expect(
        not doubled,
        "nobody else's",
        shown(doubled, "nobody else's"),
        f"addresses of other nodes: {shown(doubled)}",
        f"địa chỉ trùng với máy khác: {shown(doubled)}",
    )


@control("NET-30")
def test_ipsec(host: Host, judge: Judge) -> None:
    """Tunnels are IKEv2 with AES-GCM (RFC 7296, RFC 4106)."""
    files = r"/etc/swanctl/.*\.conf"
    runs = host.active(r"strongswan.*\.service", r"charon.*\.service")
    text = "\n".join(line for _, line in host.lines(files))
    # a service without a connection to anybody tunnels nothing
    requires(re.search(r"^\s*connections\b", text, re.MULTILINE), "no IPsec here", "không có IPsec")
    versions = re.findall(r"^\s*version\s*=\s*(\d)", text, re.MULTILINE)
    proposals = re.findall(r"^\s*(?:esp_)?proposals\s*=\s*(.+)$", text, re.MULTILINE)
    words = {w for p in proposals for w in re.split(r"[-,\s]+", p.lower()) if w}
    bad = sorted(words & {"3des", "md5", "des", "sha1", "blowfish128", "modp1024", "default"})
    judge.expect(
        bool(versions) and set(versions) == {"2"},
        "version = 2",
        shown(versions, "both"),
        "IKEv1 is let in",
        "cho phép IKEv1",
    )
    judge.expect(
        bool(proposals) and not bad and any("gcm" in w for w in words),
        "AES-GCM; no 3DES, MD5, SHA-1",
        shown(proposals),
        f"weak proposals, or none named: {shown(bad)}",
        f"thuật toán yếu hoặc chưa khai báo: {shown(bad)}",
    )
    judge.expect(
        bool(runs), "the service is active", shown(runs), "IPsec does not run", "IPsec không chạy"
    )


@control("NET-31")
def test_dnssec(host: Host, judge: Judge) -> None:
    """The server gives the zone's keys with their signature (RFC 4035)."""
    servers = [s for s in host.listens(53) if s.program in ("knotd", "named", "nsd", "pdns_server")]
    zones = _zones_served(host)
    requires(servers and zones, "serves no zone", "không phục vụ vùng tên miền nào")
    unsigned = sorted(zone for zone, signed in zones.items() if not signed)
    judge.expect(
        not unsigned,
        "every zone signed",
        shown(unsigned, "every zone signed"),
        f"zones without signatures: {shown(unsigned)}",
        f"vùng chưa ký DNSSEC: {shown(unsigned)}",
    )
    answers = host.names(judge.known_site.public_domain, "DNSKEY") if judge.known_site else []
    for answer in answers:
        kinds = {kind for kind, _ in answer.get("answers", [])}
        judge.expect(
            {"DNSKEY", "RRSIG"} <= kinds,
            "DNSKEY with RRSIG",
            shown(sorted(kinds), answer.get("error", "none")),
            f"{answer['name']}: its keys are not served with a signature",
            f"{answer['name']}: không trả về khóa kèm chữ ký",
        )


def _zones_served(host: Host) -> dict[str, bool]:
    """Zones of BIND or Knot, and whether they are signed here."""
    if host.has("knot_zones"):
        text = host.text("/etc/knot/knot.conf")
        on = re.search(r"dnssec-signing:\s*(on|true)", text) is not None
        return {
            match[1]: on
            for line in host.out("knot_zones").splitlines()
            if (match := re.match(r"\[([^\]]+)\]", line))
        }
    zones = {}
    if host.has("named"):
        for match in re.finditer(
            r'^zone "([^"]+)"[^{]*\{(.*?)^\};', host.out("named"), re.M | re.S
        ):
            if re.search(r"type (master|primary)", match[2]) and "db.root" not in match[2]:
                local = match[1] in ("localhost",) or match[1].endswith("in-addr.arpa")
                if not local:
                    zones[match[1]] = bool(re.search(r"dnssec-policy|auto-dnssec", match[2]))
    return zones
