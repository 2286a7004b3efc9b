from pathlib import Path

import pytest

from bentre_infra.hosts.limits import raise_limits
from bentre_infra.runtime.errors import BentreError


def test_a_low_limit_is_raised_and_a_high_one_stays(tmp_path: Path) -> None:
    limit = tmp_path / "max_user_instances"
    for before, after in (("128\n", "8192"), ("65536\n", "65536\n")):
        limit.write_text(before)
        raise_limits(limit)
        assert limit.read_text() == after


def test_what_cannot_be_raised_is_said_with_its_cure(tmp_path: Path) -> None:
    class Fixed(type(tmp_path)):  # type: ignore[misc]
        def write_text(self, *_: object, **__: object) -> int:
            raise PermissionError(1, "Operation not permitted")

    limit = Fixed(tmp_path / "max_user_instances")
    (tmp_path / "max_user_instances").write_text("128\n")
    with pytest.raises(BentreError, match="Operation not permitted") as refused:
        raise_limits(limit)
    assert "sysctl -w fs.inotify.max_user_instances=8192" in str(refused.value.fix)
