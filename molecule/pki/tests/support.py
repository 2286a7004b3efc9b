"""What both sets of tests use."""

import re

NODE = "/usr/local/lib/bentre/pki-node"
AUTHORITY = "runuser -u bentre-pki -- /usr/local/lib/bentre/pki-authority"
HOME = "/etc/bentre/pki"
FUTURE = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
PORTS = {"portal": "-connect {}:8443", "mail": "-starttls smtp -connect {}:25"}


def serial(host, name):
    """Serial number of what lies on the node."""
    return host.check_output(f"openssl x509 -noout -serial -in {HOME}/{name}/certificate.pem")


def shown(host, name, address="localhost"):
    """Serial number of what the consumer presents on the wire, its chain verified."""
    target = PORTS[name].format(address)
    said = host.run(
        f"openssl s_client {target} -verify_return_error -CAfile {HOME}/authorities.pem </dev/null"
        " | openssl x509 -noout -serial"
    )
    return said.stdout.strip()


def alarms(host, unit="bentre-pki.service"):
    """Lines of a unit that the journal has at priority alert."""
    return host.check_output(f"journalctl -u {unit} -p alert --no-pager -o cat")


def metric(host, name, file="bentre_pki.prom"):
    """Value of a metric for the node exporter."""
    text = host.check_output(f"cat /var/lib/prometheus/node-exporter/{file}")
    return float(re.search(rf"^{re.escape(name)} (.+)$", text, re.MULTILINE)[1])
