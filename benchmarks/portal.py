"""Pages a second of a whole portal on one host, as ratios to bare nginx.

A bare host gets the roles as scenario ``portal`` applies them: nginx with ModSecurity and the Core
Rule Set, Wagtail, PostgreSQL. Beside it runs the same nginx with nothing but TLS and HTTP/2, the
portal's own certificate, and the portal's first page as a file. One client (h2load) on the same
host asks each in turn, round by round.

    python benchmarks/portal.py
    python benchmarks/portal.py --times 5 --image debian12
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from converged import Node, Rates, arguments, converged, tell

SITE = "bentre.example"
BARE = "127.0.0.1:8443"
CONFIG = """
pid /run/bare.pid;
worker_processes auto;
events {}
http {
  access_log off;
  include /etc/nginx/mime.types;
  server {
    listen 127.0.0.1:8443 ssl http2;
    ssl_certificate CERTIFICATES/chain.pem;
    ssl_certificate_key CERTIFICATES/key.pem;
    root /srv/bare;
  }
}
"""
CERTIFICATES = "/etc/bentre/pki/portal-web"


def prepare(node: Node) -> str:
    """Start bare nginx with the portal's first page; the portal's address."""
    node.run("apt-get install -qq --no-install-recommends nghttp2-client curl >/dev/null 2>&1")
    address = node.run("hostname -I").split()[0]
    resolve = f"--resolve {SITE}:443:{address} --cacert /etc/bentre/pki/authorities.pem"
    node.run(f"mkdir -p /srv/bare && curl -fsS {resolve} -o /srv/bare/index.html https://{SITE}/")
    node.run(f"cat {CERTIFICATES}/certificate.pem >/run/chain.pem")
    config = CONFIG.replace("CERTIFICATES/chain.pem", "/run/chain.pem")
    node.put("/run/bare.conf", config.replace("CERTIFICATES", CERTIFICATES).encode())
    node.run("nginx -c /run/bare.conf </dev/null >/dev/null 2>&1")  # it keeps what it is given
    return address


def rate(node: Node, to: str, path: str, requests: int) -> float:
    """Answers a second; every one has to be a success."""
    load = f"h2load --requests={requests} --clients=8 --max-concurrent-streams=4"
    said = node.run(f"{load} --connect-to={to} https://{SITE}{path}")
    found = re.search(r"finished in \S+, (\S+) req/s", said)
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", said)
    if not found or not codes or int(codes[1]) == 0 or set(codes.groups()[1:]) != {"0"}:
        raise SystemExit(f"{to}{path}:\n{said}")
    return float(found[1])


def measure(node: Node, times: int, rounds: int) -> Rates:
    """Rates of each round."""
    portal = f"{prepare(node)}:443"
    file = node.run("ls /srv/bare | head -1").strip()
    what = {
        "bare nginx": (BARE, f"/{file}", 20_000),
        "portal, first page": (portal, "/", 80),
        "portal, search": (portal, "/tim-kiem/?q=ben", 40),
    }
    rates: Rates = {name: [] for name in what}
    for _ in range(rounds):
        for name, (to, path, requests) in what.items():
            rates[name].append(rate(node, to, path, times * requests))
    return rates


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--times", type=int, default=1, help="so many requests more")
    parser.add_argument("--image", choices=("debian12", "debian13"), default="debian13")
    options = parser.parse_args()
    with converged("portal", f"portal-{options.image}", options.image) as node:
        rates = measure(node, options.times, options.rounds)
    tell(f"Pages, {options.image}", rates, "bare nginx", as_json=options.json)


if __name__ == "__main__":
    main()
