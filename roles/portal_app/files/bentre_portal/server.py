"""gunicorn's settings: HTTPS for who has a certificate of the site's, which are the web servers."""

import ssl
from collections.abc import Callable
from typing import Any

from .node import Node

_node = Node.read()

wsgi_app = "bentre_portal.wsgi"
preload_app = True  # systemd is told that it answers when it does
bind = [
    f"[{address}]:{_node.port}" if ":" in address else f"{address}:{_node.port}"
    for address in _node.addresses
]
workers = _node.workers
worker_class = "gthread"
threads = 4
keepalive = 75  # longer than nginx keeps a connection
certfile = _node.certificate
keyfile = _node.key
ca_certs = _node.authorities
cert_reqs = ssl.CERT_REQUIRED
control_socket_disable = True
worker_tmp_dir = "/dev/shm"  # noqa: S108  (files of the heartbeat, which must not wait for a disk)


def ssl_context(_config: Any, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Both ends are ours."""
    context = make()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
