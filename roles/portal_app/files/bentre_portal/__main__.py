"""``python -m bentre_portal VERB``, as root; the role calls the first.

settle              the secret key, the database's tables, the sites; says what it changed
editor NAME SITE    lets somebody edit a site; the password stands on standard input
dismiss NAME        lets somebody edit no more
"""

import os
import sys

from .node import Node, make_secret_key


def main(arguments: list[str]) -> int:
    """Do what the first word says."""
    if arguments == ["settle"] and make_secret_key():
        print("changed: secret key: made")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bentre_portal.settings"
    # Django reads its settings while it is imported, and they need the key
    import django  # noqa: PLC0415

    django.setup()
    from . import editors, sites, tables  # noqa: PLC0415

    match arguments:
        case ["settle"]:
            for done in [*tables.settle(), *sites.settle(Node.read().sites)]:
                print(f"changed: {done}")
        case ["editor", name, site]:
            editors.admit(name, site)
        case ["dismiss", name]:
            editors.dismiss(name)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
