"""Start nova-compute with the lab's driver.

nova loads drivers only from its own package (``nova.virt.NAME``), so ours is registered under the
name ``bentre`` before nova's own ``main`` runs: ``compute_driver = bentre.LabDriver``.
"""

# nova patches threading when it is first imported; it must be before anything else of nova
from nova.cmd import compute  # isort: skip

import sys

from bentre_infra.lab.drivers import nova


def main() -> None:
    """Run nova-compute; its arguments are nova's own."""
    sys.modules["nova.virt.bentre"] = nova
    compute.main()


if __name__ == "__main__":
    main()
