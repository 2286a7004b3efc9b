"""Sends a line to a log node as anybody could: ``relp.py ADDRESS LINE [FOLDER OF CERTIFICATE]``.

Prints what the log node answers, until both frames are answered or it has had enough.
"""

import socket
import ssl
import sys

PATIENCE = 300  # seconds

address, line, *certificate = sys.argv[1:]
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
tls.check_hostname = False  # only the log node has to look
tls.load_verify_locations("/etc/bentre/pki/authorities.pem")
for folder in certificate:
    tls.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
offers = "relp_version=0\nrelp_software=test\ncommands=syslog"
line = f"<13>1 2026-11-25T12:00:00Z device bentre-test - - - {line}"
frames = f"1 open {len(offers)} {offers}\n2 syslog {len(line)} {line}\n"
answers = b""
with socket.create_connection((address, 6514), PATIENCE) as plain:
    try:
        with tls.wrap_socket(plain) as wire:
            wire.sendall(frames.encode())
            while answers.count(b" 200 OK") < 2 and (more := wire.recv(4096)):
                answers += more
    except (ssl.SSLError, ConnectionError) as fault:
        print("refused:", fault)
print(answers.decode())
