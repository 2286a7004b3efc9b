from datetime import date

from bentre_infra.plan.classify import Change, Kind
from bentre_infra.plan.gate import judge
from bentre_infra.site.model import Allowance

TODAY = date(2026, 11, 25)
INSTANCE = "openstack:compute/instance:Instance"
REBUILD = Change(
    f"urn:pulumi:lab::mail::{INSTANCE}::store-1", INSTANCE, Kind.REBUILD, ("imageId",), "disk"
)


def allow(resource: str = "Instance/store-1", change: str = "rebuild", until: date = TODAY):
    return Allowance(resource, change, until, "new image")


def test_destructive_changes_are_refused():
    assert judge([REBUILD], [], TODAY).refused == (REBUILD,)


def test_an_allowance_by_name_counts_on_its_last_day():
    verdict = judge([REBUILD], [allow()], TODAY)
    assert verdict.refused == ()
    assert verdict.allowed == ((REBUILD, allow()),)


def test_an_ended_allowance_is_named():
    ended = allow(until=date(2026, 11, 24))
    verdict = judge([REBUILD], [ended], TODAY)
    assert (verdict.refused, verdict.ended) == ((REBUILD,), (ended,))


def test_another_resource_change_or_type_is_not_covered():
    others = [allow("Instance/store-2"), allow(change="replace"), allow("Volume/store-1")]
    assert judge([REBUILD], others, TODAY).refused == (REBUILD,)


def test_destroying_a_stack_is_allowed_by_its_name_and_only_then():
    destroy = allow("mail", "destroy")
    assert judge([REBUILD], [destroy], TODAY, destroyed="mail").refused == ()
    assert judge([REBUILD], [destroy], TODAY, destroyed="portal").refused == (REBUILD,)
    assert judge([REBUILD], [destroy], TODAY).refused == (REBUILD,)


def test_harmless_changes_need_nothing():
    harmless = Change("urn::a", "openstack:compute/keypair:Keypair", Kind.REPLACE, ("publicKey",))
    verdict = judge([harmless], [], TODAY)
    assert (verdict.refused, verdict.allowed) == ((), ())
