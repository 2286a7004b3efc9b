"""Start designate-central with serials that always grow.

Designate takes the second of the clock for a zone's serial. A second change within that second gets
the same one, and a name server that compares serials (RFC 1996 section 4.7) never fetches it: the
record is reported ACTIVE and is not served. The lab lets changes out each second, so it happens.
"""

import sys
from typing import Any

from designate.cmd.central import main as central
from designate.storage import sql
from designate.storage.sqlalchemy import SQLAlchemyStorage, tables
from oslo_utils import timeutils
from sqlalchemy import select


def increment_serial(_storage: Any, _context: Any, zone_id: str) -> int:
    """Give a zone the next serial: the clock's second, or one more than it has."""
    zone = tables.zones.c
    with sql.get_write_session() as session:
        current = session.execute(
            select(zone.serial).where(zone.id == zone_id).with_for_update()
        ).scalar_one()
        serial = max(timeutils.utcnow_ts(), current + 1)
        session.execute(
            tables.zones.update()
            .where(zone.id == zone_id)
            .values({"serial": serial, "increment_serial": False})
        )
    return int(serial)


def main() -> None:
    """Run designate-central; its arguments are Designate's own."""
    SQLAlchemyStorage.increment_serial = increment_serial
    sys.exit(central())


if __name__ == "__main__":
    main()
