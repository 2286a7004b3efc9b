"""Office files are zip archives that carry the time of their making; here, the audit's."""

import re
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_CORE = "docProps/core.xml"
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def settle(archive: bytes, at: datetime) -> bytes:
    """Give an archive's entries one time, and its properties the time of the audit (UTC)."""
    out, stamp = BytesIO(), f"{at:%Y-%m-%dT%H:%M:%SZ}".encode()
    with ZipFile(BytesIO(archive)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == _CORE:
                data = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", data)
            settled = ZipInfo(entry.filename, _EPOCH)
            settled.compress_type = ZIP_DEFLATED
            settled.external_attr = 0o600 << 16
            new.writestr(settled, data)
    return out.getvalue()
