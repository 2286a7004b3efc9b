"""``python -m bentre_signing VERB``; the units and the roles call it.

settle               as root: the token, its keys, requests for certificates
certificate NAME FILE    whether the certificate in the file is for the key NAME
service              seals and validation
time-stamps          the time-stamp authority
watch                as root: ask the service how it is; metrics, and an alarm when it does not seal
"""

import sys
from pathlib import Path

from .certificates import belongs
from .keys import settle
from .server import run
from .watch import watch


def main(arguments: list[str]) -> int:
    """Do what the first word says."""
    match arguments:
        case ["settle"]:
            settle()
        case ["certificate", name, file]:
            if not belongs(name, Path(file)):
                print(f"this certificate is not for the key {name} of this node", file=sys.stderr)
                return 1
        case ["service" | "time-stamps" as which]:
            run(which)
        case ["watch"]:
            return watch()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
