from dataclasses import replace

from bentre_infra.lab.drivers.store import Record, Store, Volume


def test_records_survive_and_are_listed(tmp_path):
    store = Store(tmp_path)
    record = Record("bentre-i-1", "lab1", "image", "", (Volume("/dev/vdb", "/v/1", "id"),))
    store.save("u1", record)
    store.save("u2", replace(record, owner="", volumes=()))
    assert store.load("u1") == record
    assert store.load("u3") is None
    assert {uuid: r.owner for uuid, r in store.all().items()} == {"u1": "lab1", "u2": ""}
    store.remove("u1")
    store.remove("u1")
    assert list(store.all()) == ["u2"]
