"""What a client is told when something is refused, in Vietnamese and English."""

_TOLD = {
    "certificate-revoked": (
        503,
        "Chứng thư số của con dấu đã bị thu hồi",
        "The seal's certificate is revoked",
    ),
    "certificate-not-good": (
        503,
        "Không xác nhận được chứng thư số còn hiệu lực",
        "It could not be confirmed that the certificate is good",
    ),
    "time-stamp-missing": (
        503,
        "Không lấy được dấu thời gian",
        "There was no time stamp to be had",
    ),
    "token-fault": (503, "Thiết bị lưu khóa không trả lời", "The token does not answer"),
    "no-document": (
        422,
        "Không phải tài liệu PDF đọc được",
        "This is no PDF document that can be read",
    ),
    "not-sealable": (422, "Tài liệu này không thể đóng dấu", "This document cannot be sealed"),
    "too-large": (413, "Tài liệu quá lớn", "The document is too large"),
    "bad-request": (400, "Yêu cầu không hợp lệ", "The request is not valid"),
    "not-allowed": (403, "Máy khách này không được phép", "This client is not allowed"),
}


class RefusedError(Exception):
    """A refusal; ``detail`` says what exactly."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.status, vi, en = _TOLD[code]
        self.document = {"error": code, "vi": vi, "en": en, "detail": detail}
