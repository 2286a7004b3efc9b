"""What programs that are not ours say of a sealed document."""

import re
import subprocess


def pdfsig(folder, document: bytes) -> str:
    """What poppler says of a document; it leaves the signature in a file."""
    (folder / "document.pdf").write_bytes(document)
    said = []
    for how in ("-nocert", "-dump"):
        argv = ["pdfsig", how, "document.pdf"]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        said.append(done.stdout)
    return said[0]


def openssl(folder, root) -> str:
    """What openssl says of that signature over the bytes that it names, up to a root."""
    document = (folder / "document.pdf").read_bytes()
    parts = map(int, re.findall(rb"/ByteRange\s*\[([\d\s]+)\]", document)[0].split())
    start, length, after, rest = parts
    content = document[start : start + length] + document[after : after + rest]
    (folder / "content").write_bytes(content)
    argv = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
    argv += ["-in", "document.pdf.sig0", "-content", "content", "-CAfile", str(root)]
    argv += ["-out", "/dev/null"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False).stderr
