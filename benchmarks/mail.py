"""Messages a second of a mail server on one host, as ratios to bare Postfix.

A bare host gets the roles as scenario ``mail`` applies them: Postfix that asks the directory for
people, Rspamd with every message, Dovecot. Beside it runs a second Postfix as Debian ships it,
which writes to a mailbox of its own. Postfix' own load program sends to each in turn, round by
round, from the same host; the time ends when the last message is in the mailbox.

    python benchmarks/mail.py
    python benchmarks/mail.py --messages 2000
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from booted import ROOT
from converged import Node, Rates, arguments, converged, tell

NODE = "mail-debian13"  # of the scenario's two, the one whose name server has the zones


def measure(node: Node, messages: int, rounds: int) -> Rates:
    """Rates of each round."""
    code = (ROOT / "benchmarks/node/mail.py").read_bytes()
    rates: Rates = json.loads(node.run(f"python3 - {messages} {rounds}", code))
    return rates


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--messages", type=int, default=300, help="to each in each round")
    options = parser.parse_args()
    with converged("mail", NODE, "debian13") as node:
        rates = measure(node, options.messages, options.rounds)
    tell("Messages of 4 KiB", rates, "bare Postfix", as_json=options.json)


if __name__ == "__main__":
    main()
