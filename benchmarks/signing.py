"""Seals a second of role signing_service on one host, as ratios to its token alone.

A bare host gets the roles as scenario ``signing`` applies them. There, with the service's own
program, each is done in turn, round by round: a signature of the token; a seal in one process; a
seal of the service over TLS, by as many clients as it works for at once; a time stamp. The
authority and its OCSP responder run on the same host.

    python benchmarks/signing.py
    python benchmarks/signing.py --seconds 30 --image debian12
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1] / "molecule/signing/tests"))
from booted import ROOT
from converged import Node, Rates, arguments, converged, tell
from support import pdf

ETC = "/etc/bentre/signing"


def measure(node: Node, seconds: float, rounds: int) -> Rates:
    """Rates of each round."""
    node.put("/var/tmp/plain.pdf", pdf("Cong van so 3"))
    python = node.program_of("bentre-signing.service")
    program = f"SOFTHSM2_CONF={ETC}/softhsm2.conf CREDENTIALS_DIRECTORY={ETC} {python}"
    code = (ROOT / "benchmarks/node/signing.py").read_bytes()
    said = node.run(f"{program} - {seconds} {rounds} /var/tmp/plain.pdf", code)
    rates: Rates = json.loads(said)
    return rates


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each in each round")
    parser.add_argument("--image", default="debian13")
    options = parser.parse_args()
    with converged("signing", "signing1", options.image) as node:
        rates = measure(node, options.seconds, options.rounds)
    tell(f"Seals, {options.image}", rates, "token", as_json=options.json)


if __name__ == "__main__":
    main()
