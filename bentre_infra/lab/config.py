"""Render the services' configuration from the templates of this package."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2

from bentre_infra.hosts import apt
from bentre_infra.lab import layout as names
from bentre_infra.lab.layout import APIS, CHASSIS, Layout
from bentre_infra.lab.secrets import Secrets, write_private

MEMCACHED_PORT = 11211
RABBITMQ_PORT = 5672
RABBITMQ_USER = "bentre"
EPMD_PORT = 48369
RABBITMQ_DIST_PORT = 48372
NAMED_PORT = 5355
RNDC_PORT = 9953
MDNS_PORT = 5354
PACKAGES_PORT = 3142
SWIFT_PORTS: Mapping[str, int] = {"object": 6200, "container": 6201, "account": 6202}
POOL_ID = "794ccc2c-d751-44fe-b57f-8894c9f5c842"
"""Designate's default pool; its own constant (designate/conf/base.py)."""

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class WsgiApp:
    """An API that uWSGI serves.

    Attributes:
        name: the service, as in the catalogue.
        module: its WSGI entry point (``apis`` stands in lab/startup), or empty with ``paste``.
        paste: a PasteDeploy file, for the service that has no usable entry point.
        pyargv: command line that the service expects to find.
        processes: workers; more than one has a master.
        threads: requests at once in one process.
    """

    name: str
    module: str = ""
    paste: str = ""
    pyargv: str = ""
    processes: int = 1
    threads: int = 8


def wsgi_apps(layout: Layout) -> tuple[WsgiApp, ...]:
    """What uWSGI serves; glance and swift have servers of their own."""
    etc = layout.etc
    return (
        WsgiApp("keystone", "apis:keystone()"),
        WsgiApp("placement", "placement.wsgi.api:application"),
        WsgiApp("nova", "nova.wsgi.osapi_compute:application"),
        WsgiApp("neutron", "apis:neutron()", processes=2),
        WsgiApp(
            "cinder",
            "apis:cinder()",
            pyargv=f"--config-file {etc}/cinder/cinder.conf",
        ),
        WsgiApp("barbican", paste=f"{etc}/barbican/barbican-api-paste.ini"),
        WsgiApp(
            "octavia",
            "octavia.wsgi.api:application",
            pyargv=f"--config-file {etc}/octavia/octavia.conf",
        ),
        WsgiApp(
            "designate",
            "designate.wsgi.api:application",
            pyargv=f"--config-file {etc}/designate/designate.conf",
        ),
    )


@dataclass(frozen=True)
class Archive:
    """A package archive that the machine uses, handed on to the lab's servers.

    Attributes:
        name: its folder at the lab's address.
        host, port, path: where it is.
        tls: whether it is reached by HTTPS.
    """

    name: str
    host: str
    port: int
    path: str
    tls: bool


@dataclass(frozen=True)
class _Rendering:
    """One file to write: which template, where to, with what beside the common context."""

    template: str
    target: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    executable: bool = False


_SPECIAL = (
    "_macros.j2",
    "nova/lab.conf.j2",
    "supervisord.conf.j2",
    "swift/server.conf.j2",
    "uwsgi.ini.j2",
)


class Config:
    """The configuration of one lab.

    Args:
        layout: its folders.
        secrets: its secrets; they must exist.
        venv: the environment that the services run in.
        resolvers: the machine's own name servers, asked for names outside the lab.
        archives: where the lab's servers get packages from.
    """

    def __init__(
        self,
        layout: Layout,
        secrets: Secrets,
        venv: Path,
        resolvers: tuple[str, ...],
        archives: tuple[Archive, ...] = (),
    ) -> None:
        self._layout = layout
        self._venv = venv
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701  (configuration files, no HTML)
        )
        self._environment.filters |= {"environment": _supervisor_environment}
        ports = {api.service: api.port for api in APIS}
        paths = {api.service: api.path for api in APIS}
        rabbit = f"{names.INTERNAL}:{RABBITMQ_PORT}"
        self._environment.globals |= {
            "layout": layout,
            "secrets": secrets,
            "venv": venv,
            "resolvers": resolvers,
            "archives": archives,
            "packages_port": PACKAGES_PORT,
            "apis": APIS,
            "chassis": CHASSIS,
            "internal": names.INTERNAL,
            "public": names.PUBLIC,
            "region": names.REGION,
            "domain": names.DOMAIN,
            "instance_prefix": names.INSTANCE_PREFIX,
            "external": names.EXTERNAL,
            "operator": names.OPERATOR,
            "pool_id": POOL_ID,
            "mdns_port": MDNS_PORT,
            "named_port": NAMED_PORT,
            "rndc_port": RNDC_PORT,
            "rabbitmq_port": RABBITMQ_PORT,
            "rabbitmq_user": RABBITMQ_USER,
            "memcached": f"{names.INTERNAL}:{MEMCACHED_PORT}",
            "transport_url": f"rabbit://{RABBITMQ_USER}:{secrets['rabbitmq']}@{rabbit}/",
            "identity_url": f"http://{names.INTERNAL}:{ports['keystone']}/v3",
            "port": ports.__getitem__,
            "internal_url": lambda service: f"http://{names.INTERNAL}:{ports[service]}",
            "public_url": lambda service, path=True: (
                f"https://{names.PUBLIC}:{ports[service]}{paths[service] if path else ''}"
            ),
            "database_url": lambda name: (
                f"mysql+pymysql://root@localhost/{name}"
                f"?unix_socket={layout.mysql_socket}&charset=utf8mb3"
            ),
        }

    def render(self, services: Sequence[object]) -> None:
        """Write every file below ``etc``, readable by root only; files of before are removed.

        Args:
            services: what supervisord is to run (:class:`bentre_infra.lab.services.Service`).
        """
        fresh = self._layout.etc.with_name("etc.part")
        shutil.rmtree(fresh, ignore_errors=True)
        supervisord = _Rendering("supervisord.conf.j2", "supervisord.conf", {"services": services})
        for rendering in [*self._renderings(), supervisord]:
            target = fresh / rendering.target
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = self._environment.get_template(rendering.template).render(rendering.extra)
            write_private(target, text)
            if rendering.executable:
                target.chmod(0o700)
        # designate-api takes its paste configuration from its own configuration folder only
        paste = "designate/api-paste.ini"
        write_private(fresh / paste, (self._venv / "etc" / paste).read_text())
        shutil.rmtree(self._layout.etc)
        fresh.rename(self._layout.etc)

    def _renderings(self) -> list[_Rendering]:
        plain = [
            _Rendering(name, name.removesuffix(".j2"), executable=name.endswith(".sh.j2"))
            for name in sorted(self._environment.list_templates(extensions=["j2"]))
            if name not in _SPECIAL
        ]
        uwsgi = [
            _Rendering("uwsgi.ini.j2", f"uwsgi/{app.name}.ini", {"app": app})
            for app in wsgi_apps(self._layout)
        ]
        hosts = [
            _Rendering("nova/lab.conf.j2", f"nova/{c.host}.conf", {"chassis": c}) for c in CHASSIS
        ]
        swift = [
            _Rendering(
                "swift/server.conf.j2",
                f"swift/{kind}-server.conf",
                {"kind": kind, "kind_port": port},
            )
            for kind, port in SWIFT_PORTS.items()
        ]
        return plain + uwsgi + hosts + swift


def machine_resolvers(resolv_conf: Path = Path("/etc/resolv.conf")) -> tuple[str, ...]:
    """The machine's name servers (resolv.conf(5)); none when it has no such file."""
    if not resolv_conf.exists():
        return ()
    words = [line.split() for line in resolv_conf.read_text().splitlines()]
    return tuple(w[1].split("%")[0] for w in words if len(w) > 1 and w[0] == "nameserver")


def archives(sources: Iterable[apt.Source]) -> tuple[Archive, ...]:
    """Debian's archives as the lab hands them on: ``debian`` and ``debian-security``."""
    found: dict[str, Archive] = {}
    for source in sources:
        url = urlsplit(source.uri)
        name = "debian-security" if source.suite.endswith("-security") else "debian"
        tls = url.scheme == "https"
        if url.hostname and name not in found:
            port = url.port or (443 if tls else 80)
            found[name] = Archive(name, url.hostname, port, url.path.rstrip("/"), tls)
    return tuple(found.values())


def _supervisor_environment(env: Mapping[str, str]) -> str:
    """Variables as supervisord reads them: KEY="value", with commas between."""
    return ",".join(f'{key}="{value}"' for key, value in env.items())
