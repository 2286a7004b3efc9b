"""terraform-provider-openstack issue 1035: Neutron's own egress rules met the declared ones (409).

A group begins with two rules that let everything out; a flow that lets everything out to the
Internet would be declared again. They are deleted with the group's creation, so that the cloud has
just what the site declares.
"""

import pytest

from bentre_infra.site.rules import group_rules

pytestmark = [pytest.mark.lab, pytest.mark.engine, pytest.mark.xdist_group("site")]


def test_a_group_has_the_declared_rules_and_no_others(applied, admin):
    declared = group_rules(applied.site)
    project = admin.identity.find_project(f"{applied.name}-foundation").id
    groups = [g for g in admin.network.security_groups() if g.project_id == project]
    names = {g.id: g.name for g in groups}
    found = {
        g.name: {
            (
                r["direction"],
                r["ethertype"],
                r["port_range_min"],
                r["remote_ip_prefix"] or names[r["remote_group_id"]],
            )
            for r in g.security_group_rules
        }
        for g in groups
        if g.name != "default"
    }
    expected = {
        group: {(r.direction, r.family, r.port.first, r.remote) for r in rules}
        for group, rules in declared.items()
    }
    assert found == expected
