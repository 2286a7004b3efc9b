from bentre_infra.lab.drivers import volumes


def mapping(index, device, name):
    data = {"device_path": f"/v/{name}", "volume_id": name}
    return {"boot_index": index, "mount_device": device, "connection_info": {"data": data}}


def test_the_root_is_told_from_the_others():
    info = {"block_device_mapping": [mapping(0, "/dev/vda", "a"), mapping(None, "/dev/vdb", "b")]}
    assert volumes.root_volume(info).file == "/v/a"
    assert [v.device for v in volumes.beside_root(info)] == ["/dev/vdb"]


def test_a_server_from_an_image_has_no_root_volume():
    assert volumes.root_volume({"block_device_mapping": [mapping(None, "/dev/vdb", "b")]}) is None
    assert volumes.root_volume(None) is None
    assert volumes.beside_root({}) == ()
