"""MariaDB, RabbitMQ, memcached: what the OpenStack services keep their state in."""

from pathlib import Path

from bentre_infra.lab import config
from bentre_infra.lab.layout import INTERNAL, Layout
from bentre_infra.lab.probes import Tcp, UnixSocket
from bentre_infra.lab.services.model import Service

_EPMD = {"ERL_EPMD_PORT": str(config.EPMD_PORT), "ERL_EPMD_ADDRESS": "127.0.0.1"}


def services(layout: Layout, _: Path) -> tuple[Service, ...]:
    """All of them are on loopback, or on a Unix socket."""
    return (
        Service(
            "mariadb",
            f"mariadbd --defaults-file={layout.etc}/mariadb/my.cnf",
            UnixSocket(layout.mysql_socket),
            after=("mariadb-init",),
            group="core",
            layer="infra",
        ),
        Service(
            "memcached",
            f"memcached -u nobody -l {INTERNAL} -p {config.MEMCACHED_PORT} -m 64 -t 1",
            Tcp(INTERNAL, config.MEMCACHED_PORT),
            group="core",
            layer="infra",
        ),
        Service(
            "epmd",
            f"epmd -port {config.EPMD_PORT} -address 127.0.0.1",
            Tcp("127.0.0.1", config.EPMD_PORT),
            group="core",
            layer="infra",
        ),
        _rabbitmq(layout),
    )


def _rabbitmq(layout: Layout) -> Service:
    home = layout.run / "rabbitmq"
    # one scheduler that sleeps when it has nothing to do
    erlang = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
    return Service(
        "rabbitmq",
        "/usr/lib/rabbitmq/bin/rabbitmq-server",
        Tcp(INTERNAL, config.RABBITMQ_PORT),
        after=("epmd", "rabbitmq-home"),
        env={
            **_EPMD,
            "HOME": str(home),
            "RABBITMQ_NODENAME": "bentre@localhost",
            "RABBITMQ_DIST_PORT": str(config.RABBITMQ_DIST_PORT),
            # the machine's own RabbitMQ, if it has one, keeps its configuration to itself
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": f"{layout.etc}/rabbitmq/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{home}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{layout.etc}/rabbitmq/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{home}/config",
            "RABBITMQ_PID_FILE": f"{home}/pid",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{erlang}"
            " -kernel inet_dist_use_interface {127,0,0,1}",
        },
        group="core",
        layer="infra",
        # its files are thrown away by the next start
        stop_signal="KILL",
    )
