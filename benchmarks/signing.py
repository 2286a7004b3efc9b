"""Seals a second of role signing_service on one host, as ratios to its token alone.

A bare host gets the roles as scenario ``signing`` applies them. There, with the service's own
program, each is done in turn, round by round: a signature of the token; a seal in one process; a
seal of the service over TLS, by as many clients as it works for at once; a time stamp. The
authority and its OCSP responder run on the same host.

    python benchmarks/signing.py
    python benchmarks/signing.py --seconds 30 --image debian12
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1] / "molecule/signing/tests"))
from measure import timed
from support import pdf

from bentre_infra.hosts import scenario
from bentre_infra.hosts.scenario import Platform, Scenario
from bentre_infra.hosts.throwaway import Throwaway
from bentre_infra.runtime.paths import Paths

ROOT = Path(__file__).parents[1]
SIGNING = ROOT / "molecule/signing"
NODE = "signing1"
ETC = "/etc/bentre/signing"


def variables(folder: Path) -> dict[str, Any]:
    """What the scenario's inventory says of every host."""
    site = yaml.safe_load((ROOT / "molecule/shared/vars/site.yml").read_text())
    molecule = yaml.safe_load((SIGNING / "molecule.yml").read_text())
    own = molecule["provisioner"]["inventory"]["group_vars"]["all"]
    return {**site, **own, "base_hosts": [], "molecule_ephemeral_directory": str(folder)}


def on_node(folder: Path, command: str, given: bytes = b"") -> str:
    """Run a command on the host."""
    ssh = ["ssh", "-F", folder / "ssh_config", NODE, command]
    done = subprocess.run(ssh, input=given, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def measure(image: str, seconds: float, rounds: int) -> dict[str, list[float]]:
    """Rates of each round, on a new host."""
    paths = Paths.from_env()
    hosts = Throwaway(paths)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = Scenario("bench-signing", ROOT, folder, (Platform(NODE, image),), variables(folder))
        env = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        env["ANSIBLE_HOME"] = str(folder / "ansible")
        ansible = ["ansible-playbook", "-i", folder / "inventory"]
        try:
            scenario.create(made, hosts, paths)
            for playbook in ("prepare.yml", "converge.yml"):
                timed([*ansible, SIGNING / playbook], folder, env)
            unit = on_node(folder, "systemctl show -p ExecStart --value bentre-signing.service")
            found = re.search(r"path=(\S+)", unit)
            if not found:
                raise SystemExit(f"no program: {unit}")
            on_node(folder, "cat > /var/tmp/plain.pdf", pdf("Cong van so 3"))
            program = f"SOFTHSM2_CONF={ETC}/softhsm2.conf CREDENTIALS_DIRECTORY={ETC} {found[1]}"
            code = (ROOT / "benchmarks/node/signing.py").read_bytes()
            said = on_node(folder, f"{program} - {seconds} {rounds} /var/tmp/plain.pdf", code)
            rates: dict[str, list[float]] = json.loads(said)
            return rates
        finally:
            scenario.destroy(made, hosts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5, help="of each in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--image", default="debian13")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rates = measure(options.image, options.seconds, options.rounds)
    figures = [
        {
            "what": name,
            "a_second": round(statistics.median(found), 1),
            # of the same round: load of the machine weighs on both
            "ratio": round(statistics.median(map(lambda a, b: a / b, found, rates["token"])), 4),
        }
        for name, found in rates.items()
    ]
    if options.json:
        print(json.dumps({"image": options.image, "figures": figures}, indent=2))
        return
    print(f"{options.image}, medians of {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for f in figures:
        print(f"{f['what']:14} {f['a_second']:8.1f} a second   {f['ratio']:.4f} of the token")


if __name__ == "__main__":
    main()
