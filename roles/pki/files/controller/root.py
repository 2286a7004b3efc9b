"""The root, on the operator's machine: ``root.py FOLDER``, a JSON document on standard input.

Makes the root where there is none, signs the request of an intermediate where the one that is
there is of another key or near its end, and renews the root's revocation list. Prints what it
changed. The passphrase passes by a pipe: it is no argument, and no file holds it.
"""

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

_CONFIG = """
[ca]
default_ca = root
[root]
database = {folder}/index.txt
new_certs_dir = {folder}/issued
certificate = {folder}/root.pem
private_key = {folder}/root-key.pem
crlnumber = {folder}/crlnumber
rand_serial = yes
unique_subject = no
default_md = sha384
policy = any
crl_extensions = crl
[any]
organizationName = optional
commonName = supplied
[crl]
authorityKeyIdentifier = keyid:always
[req]
prompt = no
distinguished_name = name
[name]
O = {site}
CN = {title}
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
crlDistributionPoints = URI:{url}/pki/root.crl
authorityInfoAccess = caIssuers;URI:{url}/pki/root.cer
"""


def run(*command: str | Path, stdin: str | None = None, passphrase: str | None = None) -> str:
    """Run openssl; a passphrase comes to it by a pipe of its own."""
    if passphrase is None:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    else:
        reader, writer = os.pipe()
        os.write(writer, passphrase.encode() + b"\n")
        os.close(writer)
        line = [str(part).replace("PIPE", f"fd:{reader}") for part in command]
        done = subprocess.run(
            line, input=stdin, capture_output=True, text=True, pass_fds=[reader], check=False
        )
        os.close(reader)
    if done.returncode:
        sys.exit(f"openssl {command[1]}: {done.stderr.strip()[-1000:]}")
    return done.stdout


def days_left(kind: str, file: Path, field: str) -> float:
    """Days until a certificate or a list ends."""
    text = run("openssl", kind, "-in", file, "-noout", field, "-dateopt", "iso_8601")
    found = re.search(r"=(\S+ \S+)Z", text)
    if not found:
        sys.exit(f"{file}: no end in {text}")
    end = datetime.datetime.fromisoformat(found[1]).replace(tzinfo=datetime.UTC)
    return (end - datetime.datetime.now(datetime.UTC)).total_seconds() / 86400


def main(folder: Path, asked: dict) -> None:
    """Do what is to be done."""
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "issued").mkdir(exist_ok=True)
    for name, text in (("index.txt", ""), ("crlnumber", "01\n")):
        if not (folder / name).exists():
            (folder / name).write_text(text)
    key, root, crl = folder / "root-key.pem", folder / "root.pem", folder / "root.crl"
    config = folder / "openssl.cnf"
    words = {"folder": folder, "url": asked["url"], "site": asked["site"], "title": asked["title"]}
    config.write_text(_CONFIG.format(**words))
    passphrase = asked["passphrase"]

    def write(file: Path, text: str) -> None:
        beside = file.with_suffix(".new")
        beside.write_text(text)
        beside.replace(file)
        print(f"changed: {file.name}")

    if not key.exists():
        if root.exists():
            sys.exit(f"{root} is there, but not its key: bring {key.name}")
        if len(passphrase) < 12:
            sys.exit("the root's passphrase has to have 12 characters at least")
        plain = run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        arguments = ("-topk8", "-scrypt", "-v2", "aes-256-cbc", "-passout", "PIPE")
        write(key, run("openssl", "pkcs8", *arguments, stdin=plain, passphrase=passphrase))
    if not root.exists():
        arguments = (
            "-x509",
            "-new",
            "-utf8",
            "-sha384",
            "-key",
            key,
            "-passin",
            "PIPE",
            "-config",
            config,
        )
        life = ("-extensions", "authority", "-days", str(asked["root_days"]))
        write(root, run("openssl", "req", *arguments, *life, passphrase=passphrase))

    file = folder / "intermediate.pem"
    wanted = run("openssl", "req", "-verify", "-noout", "-pubkey", stdin=asked["request"])
    there = run("openssl", "x509", "-in", file, "-noout", "-pubkey") if file.exists() else ""
    renew = asked["intermediate_days"] / 3
    if there != wanted or days_left("x509", file, "-enddate") < renew:
        request = folder / "intermediate.csr"
        request.write_text(asked["request"])
        subject = f"/O={asked['site']}/CN={asked['title']} - trung gian"
        arguments = ("-batch", "-notext", "-config", config, "-extensions", "intermediate", "-utf8")
        life = ("-subj", subject, "-days", str(asked["intermediate_days"]), "-in", request)
        write(
            file, run("openssl", "ca", *arguments, *life, "-passin", "PIPE", passphrase=passphrase)
        )
    if not crl.exists() or days_left("crl", crl, "-nextupdate") < asked["crl_days"] / 3:
        arguments = ("-gencrl", "-config", config, "-crldays", str(asked["crl_days"]))
        write(crl, run("openssl", "ca", *arguments, "-passin", "PIPE", passphrase=passphrase))


if __name__ == "__main__":
    main(Path(sys.argv[1]).expanduser().absolute(), json.load(sys.stdin))
