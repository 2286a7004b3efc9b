"""A catalogue and an audit with every verdict; small, and as large as is asked for."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from bentre_infra.compliance.catalogue.model import Catalogue, Control, Method, Text
from bentre_infra.compliance.result import (
    Audit,
    Evidence,
    ExceptionKind,
    Exemption,
    Finding,
    Subject,
    Verdict,
)

MODEL = "a" * 64
CATALOGUE = "b" * 64
EVIDENCE = "c" * 64
BEGAN = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)
"""00:30 on the 26th in Vietnam."""
RUN = UUID("0b7f4e0e-3f0c-4b0e-9d0a-6b7a3f1f5a10")
SECTIONS = ("NET", "SRV", "MAIL", "WEB", "SIG", "IOP", "DAT", "BAK", "CLD", "OPS")


def control(identity: str, level: int = 1, **other) -> Control:
    values = {
        "title": Text("Chặn mặc định chiều vào", "Default deny in"),
        "statement": Text(
            "Tường lửa từ chối mọi kết nối vào không được khai báo.",
            "The firewall refuses every connection that is not declared.",
        ),
        "clauses_2026": ("x.12.2.4",),
        "clauses_2017": ("y.2.1.2",),
        "sources": ("TT39 4.2",),
        "confidence": ("P",),
        "kinds": ("all",),
        "method": Method.AUTOMATED,
        "remedy": "firewall",
    }
    return Control(id=identity, level=level, **(values | other))


def catalogue() -> Catalogue:
    return Catalogue(
        "2026.11",
        CATALOGUE,
        (
            control("NET-01", title=Text("Phân vùng mạng", "Zone set"), remedy="stacks/foundation"),
            control("NET-02"),
            control(
                "NET-03", 3, clauses_2026=("5.12.2.4d", "6.12.2.4g"), clauses_2017=("7.2.1.3",)
            ),
            control("SRV-10", title=Text("Xác thực đa yếu tố cho quản trị", "Admin MFA")),
            control(
                "SRV-40",
                2,
                title=Text("Xóa dữ liệu khi chuyển giao", "Wipe on transfer"),
                method=Method.MANUAL,
                remedy="procedure",
                evidence=Text("biên bản xóa dữ liệu", "the wipe record"),
            ),
            control(
                "MAIL-15",
                title=Text("Nhật ký thư ≥ 180 ngày", "Mail log"),
                clauses_2026=(),
                clauses_2017=(),
                confidence=("E",),
                sources=("engineering",),
                kinds=("mail", "log"),
            ),
            control("WEB-15", 3, method=Method.WAITING, evidence=Text("ứng dụng", "application")),
            control("BAK-02", 5, title=Text("Trung tâm dự phòng ≥ 30 km", "Second site")),
        ),
    )


def audit() -> Audit:
    """Level 3; a pass, failures with every kind of exemption, and what was not assessed."""
    subjects = (
        node("mail-front-1", "dmz", "10.83.2.11", "mail"),
        node("mail-front-10", "dmz", "10.83.2.20", "mail"),
        node("base-logs-1", "management", "10.83.5.9", "log"),
        replace(
            node("portal-db-1", "database", "10.83.4.7", "db"),
            reached=False,
            note="ssh tới 10.83.4.7 không trả lời sau 10 s",
        ),
        Subject("lab", "site", "", "", (), (), reached=True),
    )
    exemptions = (
        Exemption(
            "W-1",
            ExceptionKind.WAIVER,
            "NET-03",
            "Chờ thay thiết bị mạng",
            "Trần Thị B",
            date(2027, 3, 31),
            ("mail-front-1",),
        ),
        Exemption(
            "E-1",
            ExceptionKind.EQUIVALENT,
            "SRV-10",
            "Chỉ đăng nhập qua bastion có đa yếu tố",
            "Nguyễn Văn A",
            date(2026, 11, 26),
        ),
        Exemption(
            "W-2",
            ExceptionKind.EQUIVALENT,
            "NET-02",
            "Tường lửa vật lý phía trước",
            "Nguyễn Văn A",
            date(2026, 11, 25),
        ),
    )
    findings = (
        finding("NET-01", "lab", Verdict.PASS, "7 vùng mạng", "7 zones"),
        finding("NET-02", "base-logs-1", Verdict.PASS, "chặn mặc định", "default deny"),
        finding(
            "NET-02",
            "mail-front-1",
            Verdict.FAIL,
            "mail-front-1.lab.bentre.example (10.83.2.11, 2001:db8:8300:2::11) mở cổng 23",
            "mail-front-1.lab.bentre.example (10.83.2.11, 2001:db8:8300:2::11) has port 23 open",
            expected="policy drop",
            actual='table inet filter { chain input { policy accept } } # "<b>"',
            evidence=(EVIDENCE,),
            exemption="W-2",
        ),
        finding("NET-02", "portal-db-1", Verdict.NOT_ASSESSED, "không kết nối được", "unreachable"),
        finding(
            "NET-03", "mail-front-1", Verdict.PARTIAL, "thiếu IPv6", "IPv6 open", exemption="W-1"
        ),
        finding("NET-03", "base-logs-1", Verdict.PASS, "đúng", "right"),
        finding("SRV-10", "mail-front-1", Verdict.FAIL, "một yếu tố", "1 factor", exemption="E-1"),
        finding("SRV-10", "base-logs-1", Verdict.PASS, "hai yếu tố", "2 factors"),
        finding("MAIL-15", "mail-front-1", Verdict.NOT_APPLICABLE, "không gửi thư", "sends none"),
    )
    return Audit(
        id=str(RUN),
        site="lab",
        organisation="Sở Thông tin và Truyền thông tỉnh Bến Tre",
        level=3,
        model_sha256=MODEL,
        catalogue_sha256=CATALOGUE,
        tool_version="0.1.0",
        assessor="Lê Văn C",
        began=BEGAN,
        ended=BEGAN + timedelta(seconds=42),
        subjects=subjects,
        findings=findings,
        evidence=(Evidence(EVIDENCE, "mail-front-1", "nft -j list ruleset", BEGAN, 4711),),
        exemptions=exemptions,
    )


def earlier() -> Audit:
    """A run a week before: some things were better, some worse."""
    now = audit()
    changed = [
        f
        if f.control != "NET-02" or f.subject != "mail-front-1"
        else replace(f, verdict=Verdict.PASS, exemption=None)
        for f in now.findings
        if (f.control, f.subject) != ("SRV-10", "base-logs-1")
    ]
    changed = [
        replace(f, verdict=Verdict.FAIL) if (f.control, f.subject) == ("NET-01", "lab") else f
        for f in changed
    ]
    changed.append(finding("SRV-10", "old-1", Verdict.FAIL, "một yếu tố", "1 factor"))
    week = timedelta(days=7)
    return replace(
        now,
        id=str(uuid5(RUN, "earlier")),
        began=now.began - week,
        ended=now.ended - week,
        subjects=(*now.subjects, node("old-1", "dmz", "10.83.2.99", "mail")),
        findings=tuple(changed),
    )


def large(controls: int, hosts: int) -> tuple[Audit, Catalogue]:
    """Every verdict in turn: controls x hosts findings."""
    verdicts = (*(Verdict.PASS,) * 6, Verdict.FAIL, Verdict.NOT_APPLICABLE, Verdict.NOT_ASSESSED)
    all_controls = tuple(
        control(f"{SECTIONS[n % len(SECTIONS)]}-{n // len(SECTIONS) + 1:02}")
        for n in range(controls)
    )
    nodes = tuple(
        node(f"may-chu-ung-dung-{n + 1}", "servers", f"10.83.{n // 250}.{n % 250 + 1}", "app")
        for n in range(hosts)
    )
    findings = tuple(
        finding(
            c.id,
            s.name,
            verdicts[i % len(verdicts)] if j < 2 else Verdict.PASS,
            f"{s.name}: chính sách chiều vào là drop; không có cổng nào khác được mở",
            f"{s.name}: input policy is drop; no other port is open",
            expected="policy drop",
            actual="policy drop",
            evidence=(EVIDENCE,),
        )
        for i, c in enumerate(all_controls)
        for j, s in enumerate(nodes)
    )
    run = replace(audit(), subjects=nodes, findings=findings, exemptions=())
    return run, Catalogue("2026.11", CATALOGUE, all_controls)


def with_message(text: str) -> Audit:
    """The audit, with a text of a host wherever a host's text can stand."""
    now = audit()
    first = replace(
        now.findings[2], message=text, message_vi=text, expected=text, actual=text, exemption=None
    )
    return replace(
        now,
        findings=(*now.findings[:2], first, *now.findings[3:]),
        evidence=(replace(now.evidence[0], source=text),),
        exemptions=tuple(replace(e, reason=text, owner=text) for e in now.exemptions),
    )


def node(name: str, zone: str, address: str, role: str) -> Subject:
    return Subject(name, "node", role, zone, (address,), (role,), reached=True)


def finding(which: str, subject: str, verdict: Verdict, vi: str, en: str, **other) -> Finding:
    return Finding(which, subject, verdict, en, unicodedata.normalize("NFC", vi), **other)
