"""What both sets of tests use."""

import base64
import os
import re
from pathlib import Path

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
BASE = "dc=test,dc=bentre,dc=example"
TLS = "LDAPTLS_CACERT=/etc/bentre/pki/authorities.pem LDAPTLS_REQCERT=demand"
ROOT = "-Q -Y EXTERNAL -H ldapi:///"


def uri(host, scheme="ldaps"):
    """By name: GnuTLS takes no IPv6 address for a server's name."""
    return f"{scheme}://{host.backend.get_hostname()}"


def over(host, address, command):
    """Run where the server's name has this address alone."""
    host.check_output(f"echo '{address} {host.backend.get_hostname()}' > /root/hosts")
    lines = (
        "mount --bind /root/hosts /etc/hosts",
        "printf 'hosts: files\\n' > /root/nsswitch",
        "mount --bind /root/nsswitch /etc/nsswitch.conf",
        command,
    )
    return host.run("unshare -m sh <<'END'\n" + "\n".join(lines) + "\nEND")


def secret(host, text):
    """A file with a password, so that it is no argument."""
    host.check_output(f"umask 077; printf %s '{text}' > /root/secret")
    return "-y /root/secret"


def sssd(host):
    """How the service binds."""
    password = (EPHEMERAL / "secrets/sssd").read_text().split()[0]
    return f"-x -D cn=sssd,ou=services,{BASE} {secret(host, password)}"


def set_password(host, person, text, who=ROOT, old=None):
    """By the administrator, or by the person."""
    host.check_output(f"umask 077; printf %s '{text}' > /root/new")
    more = ""
    if old:
        host.check_output(f"umask 077; printf %s '{old}' > /root/old")
        more = "-t /root/old"
    return host.run(f"{TLS} ldappasswd {who} -T /root/new {more} {person}")


def values(text, attribute):
    """Values of an attribute in LDIF, whether it had to be encoded or not."""
    found = []
    for colons, value in re.findall(rf"^{attribute}(::?) (.*)$", text, re.MULTILINE):
        found.append(base64.b64decode(value).decode(errors="replace") if colons == "::" else value)
    return found
