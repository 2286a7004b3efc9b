"""Every fixed word of the reports, Vietnamese first and English beside it; NFC."""

from collections.abc import Mapping

from bentre_infra.compliance.catalogue.model import Method, Text
from bentre_infra.compliance.reports.outcome import Outcome
from bentre_infra.compliance.result import ExceptionKind

OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.MET: Text("Đáp ứng đầy đủ", "Fully met"),
    Outcome.NOT_MET: Text("Chưa đáp ứng đầy đủ", "Not fully met"),
    Outcome.EQUIVALENT: Text("Đáp ứng (phương án tương đương)", "Met (equivalent measure)"),
    Outcome.NOT_APPLICABLE: Text("Không áp dụng", "Not applicable"),
    Outcome.NOT_ASSESSED: Text("Chưa đánh giá", "Not assessed"),
}
"""What NĐ 331/2026 article 36.10 has a requirement answered with, and our three further answers."""

SYMBOLS: Mapping[Outcome, str] = {
    Outcome.MET: "✓",
    Outcome.NOT_MET: "✗",
    Outcome.EQUIVALENT: "=",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.NOT_ASSESSED: "?",
}
"""A sign for each answer, so that nothing is told by colour alone (WCAG 2.0, 1.4.1)."""

CONFIDENCE: Mapping[str, Text] = {
    "V": Text("đã đối chiếu văn bản gốc", "read in the text itself"),
    "P": Text("theo tài liệu thứ cấp", "from a third party's paraphrase"),
    "D": Text("theo dự thảo", "from a draft"),
    "M": Text("theo trí nhớ, cần đối chiếu", "from memory, to be checked"),
    "E": Text("quy tắc kỹ thuật của hệ thống", "our own engineering rule"),
}
"""How sure the source of a control is."""

METHODS: Mapping[Method, Text] = {
    Method.AUTOMATED: Text("Tự động", "Automated"),
    Method.MANUAL: Text("Thủ công", "Manual"),
    Method.WAITING: Text("Chưa có đối tượng", "Waits for its subject"),
}

EXEMPTIONS: Mapping[ExceptionKind, Text] = {
    ExceptionKind.WAIVER: Text("Tạm chấp nhận", "Waiver"),
    ExceptionKind.EQUIVALENT: Text("Phương án tương đương", "Equivalent measure"),
}

SECTIONS: Mapping[str, Text] = {
    "NET": Text("An toàn mạng", "Network"),
    "SRV": Text("An toàn máy chủ", "Servers"),
    "MAIL": Text("Thư điện tử", "Mail"),
    "WEB": Text("Cổng thông tin và dịch vụ trực tuyến", "Portal and online services"),
    "SIG": Text("Chữ ký số", "Digital signatures"),
    "IOP": Text("Kết nối, chia sẻ dữ liệu", "Data exchange"),
    "DAT": Text("An toàn dữ liệu", "Data"),
    "BAK": Text("Sao lưu, phục hồi", "Backup and recovery"),
    "CLD": Text("Điện toán đám mây", "Cloud"),
    "OPS": Text("Vận hành", "Operations"),
}

NOT_RUN = Text("Kiểm tra không được thực hiện trong đợt này", "The check was not run")
MANUAL = Text("Cần người đánh giá; minh chứng cần có", "A person judges; evidence needed")
WAITING = Text("Chưa có đối tượng để đánh giá", "There is nothing to assess yet")
NOT_REACHED = Text("Không kết nối được", "Not reached")
NO_PLAN = Text("chưa có kế hoạch", "no plan yet")
NO_OWNER = Text("chưa phân công", "nobody yet")
NO_DATE = Text("chưa xác định", "none yet")
EXPIRED = Text("đã hết hiệu lực ngày", "expired on")
IN_FORCE = Text("hiệu lực đến", "in force until")
REDACTED = Text("Bản đã lược bỏ địa chỉ và tên máy", "Copy without addresses and host names")
RESTRICTED = Text(
    "Tài liệu chứa địa chỉ và điểm yếu của hệ thống: hạn chế tiếp cận",
    "Holds addresses and weaknesses: restricted access",
)
NEVER_A_PASS = Text(
    "“Chưa đánh giá” không bao giờ được tính là đáp ứng.",
    "“Not assessed” is never counted as met.",
)


def section(name: str) -> Text:
    """Title of a section of the catalogue; its own name where it has none here."""
    return SECTIONS.get(name, Text(name, name))
