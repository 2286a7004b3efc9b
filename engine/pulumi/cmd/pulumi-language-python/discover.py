"""Print, as JSON, the Python version and every installed package that belongs to Pulumi.

Run inside a program's environment by the language host. A package belongs to Pulumi when it carries
pulumi-plugin.json or when its name begins with "pulumi-".
"""

import sys

sys.path = [p for p in sys.path if p]  # the program's folder must not shadow the standard library

import importlib.metadata
import importlib.util
import json
import pathlib
import re

PLUGIN_FILE = "pulumi-plugin.json"


def plugin_file(distribution, module, official):
    """Return the path of a package's pulumi-plugin.json, or None."""
    path = pathlib.Path(distribution.locate_file(module)) / PLUGIN_FILE
    if path.is_file():
        return path
    if official:  # an editable install lies elsewhere
        spec = importlib.util.find_spec(module)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            path = pathlib.Path(folder) / PLUGIN_FILE
            if path.is_file():
                return path
    return None


packages = {}
for distribution in importlib.metadata.distributions():
    raw = distribution.metadata["Name"]
    if not raw:  # a broken installation
        continue
    name = re.sub(r"[-_.]+", "-", raw).lower()  # PEP 503
    official = name.startswith("pulumi-")
    plugin = plugin_file(distribution, name.replace("-", "_"), official)
    if (plugin or official) and name not in packages:  # the first on sys.path is what gets imported
        packages[name] = {
            "name": name,
            "version": distribution.version,
            "plugin": json.loads(plugin.read_text(encoding="utf-8")) if plugin else None,
        }

json.dump(
    {
        "python": list(sys.version_info[:2]),
        "packages": sorted(packages.values(), key=lambda p: p["name"]),
    },
    sys.stdout,
)
