from pathlib import Path

import pytest

from bentre_infra.lab import graph, preflight
from bentre_infra.lab.layout import APIS
from bentre_infra.lab.services import services
from bentre_infra.lab.start import Starter
from bentre_infra.lab.supervisor import ProcessInfo
from bentre_infra.lab.tasks import Workshop, tasks
from bentre_infra.runtime.progress import Progress

VENV = Path("/venv")


@pytest.fixture
def workshop(layout, secrets):
    return Workshop(layout, VENV, secrets, cgroup=None, images=())


@pytest.fixture
def needs(layout, workshop):
    nodes = [*services(layout, VENV), *tasks(workshop)]
    return {node.name: node.after for node in nodes}


def test_names_are_used_once(layout, workshop):
    names = [node.name for node in (*services(layout, VENV), *tasks(workshop))]
    assert len(names) == len(set(names))


def test_nothing_waits_for_itself_or_for_what_does_not_exist(needs):
    assert set(graph.order(needs)) == set(needs)


def test_a_lab_of_core_services_needs_no_other(layout, workshop):
    group = {node.name: node.group for node in (*services(layout, VENV), *tasks(workshop))}
    for node in (*services(layout, VENV), *tasks(workshop)):
        if node.group == "core":
            assert {group[a] for a in node.after} <= {"core"}, node.name


def test_every_api_of_the_catalogue_has_its_service(layout):
    group = {service.name: service.group for service in services(layout, VENV)}
    assert {api.service: api.group for api in APIS} == {
        api.service: group[api.service] for api in APIS
    }


def test_databases_start_before_the_services_that_use_them(needs):
    place = {name: i for i, name in enumerate(graph.order(needs))}
    assert place["mariadb"] < place["keystone-bootstrap"] < place["keystone"] < place["identity"]
    assert place["identity"] < place["nova"]
    assert place["nova-conductor"] < place["nova-compute-1"]
    assert place["neutron"] < place["catalogue"]


def test_no_two_services_take_one_port():
    listeners = preflight.listeners()
    assert len(listeners) == len(set(listeners))
    assert all(address.startswith("127.") for address, _ in listeners)


def _starter(layout, workshop):
    return Starter(workshop, services(layout, VENV), supervisor=None, progress=Progress())


def _running(layout, group):
    return {
        s.name: ProcessInfo(s.name, s.layer, "RUNNING", 1, 1, "")
        for s in services(layout, VENV)
        if group == "all" or s.group == "core"
    }


def _mark_done(layout, workshop, group):
    folder = layout.data / "done"
    folder.mkdir()
    for task in tasks(workshop):
        if task.once and (group == "all" or task.group == "core"):
            (folder / task.name).write_text(task.once)


def test_a_running_lab_has_nothing_left_to_do(layout, workshop):
    _mark_done(layout, workshop, "all")
    assert _starter(layout, workshop).steps("all", _running(layout, "all")) == []


def test_a_core_lab_becomes_a_whole_one_by_what_is_missing(layout, workshop):
    _mark_done(layout, workshop, "core")
    names = {s.name for s in _starter(layout, workshop).steps("all", _running(layout, "core"))}
    assert {"cinder", "cinder-db", "designate-pool", "swift-rings", "named"} <= names
    assert not {"nova", "keystone", "nova-db", "mariadb"} & names


def test_a_stopped_lab_starts_its_services_but_builds_nothing(layout, workshop):
    _mark_done(layout, workshop, "all")
    names = {s.name for s in _starter(layout, workshop).steps("all", {})}
    assert {"nova", "mariadb", "namespaces", "hosts-alive"} <= names
    assert not {"nova-db", "mariadb-init", "identity", "catalogue"} & names


def test_a_catalogue_of_another_version_is_renewed(layout, workshop):
    _mark_done(layout, workshop, "all")
    (layout.data / "done" / "catalogue").write_text("old")
    steps = _starter(layout, workshop).steps("all", _running(layout, "all"))
    assert [s.name for s in steps] == ["catalogue"]
    assert steps[0].after == ()
