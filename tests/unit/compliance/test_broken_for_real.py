"""Every automated control is seen to break on a real host or in a real project, or says why not."""

from bentre_infra.compliance.catalogue.model import Method
from tests.story.breaks import BROKEN
from tests.story.test_cloud_audit import CASES
from tests.unit.compliance.recorded import CATALOGUE, ROOT

ELSEWHERE = {
    "CLD-02": "tests/lab/test_cloud_audit.py",
    "DAT-02": "tests/lab/test_cloud_audit.py",
    "NET-11": "tests/lab/test_cloud_audit.py",
    "SRV-34": "molecule/antivirus/tests/test_antivirus.py",
}
"""Where others than the stories break it."""

NOT_HERE = {
    "SRV-01": "no content of OpenSCAP in Debian 12 or 13 is for that release",
    "SRV-33": "a container's disks are the machine's: no LUKS of its own",
    "SRV-36": "a container's kernel is the machine's: random addresses, AppArmor",
}
"""Shown in recorded facts alone (test_red_green.py)."""


def test_every_automated_control_is_seen_to_break():
    automated = {control.id for control in CATALOGUE if control.method is Method.AUTOMATED}
    for_real = {one.control for one in BROKEN} | {case[0] for case in CASES} | set(ELSEWHERE)
    assert automated - for_real == set(NOT_HERE)
    assert for_real <= automated


def test_those_elsewhere_are_there():
    for control, file in ELSEWHERE.items():
        assert f'"{control}"' in (ROOT / file).read_text(), control
