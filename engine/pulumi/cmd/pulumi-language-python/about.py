"""Print, as JSON, which Python this is and which pip belongs to it."""

import importlib.metadata
import json
import sys

try:
    pip = importlib.metadata.version("pip")
except importlib.metadata.PackageNotFoundError:
    pip = ""
json.dump(
    {
        "executable": sys.executable,
        "version": ".".join(str(number) for number in sys.version_info[:3]),
        "pip": pip,
    },
    sys.stdout,
)
