"""The database's tables, as this release has them."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from .settings import CACHES


def settle() -> list[str]:
    """Bring the tables up to this release; say what was done."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    done = [f"table: {migration}" for migration, _ in plan]
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    cache = CACHES["default"]["LOCATION"]
    if cache not in connection.introspection.table_names():
        call_command("createcachetable", verbosity=0)
        done.append(f"table: {cache}")
    return done
