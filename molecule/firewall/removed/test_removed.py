"""After the removal: nothing of ours is left, and nothing else is gone."""


def test_the_table_is_gone_and_others_stay(node):
    assert node.host.check_output("nft list tables") == "table inet foreign"
    assert node.foreign_table_is_whole()


def test_everything_passes(node):
    for version in (4, 6):
        assert node.connected(node.peer(version), 8082) == 1


def test_nothing_comes_back(node):
    assert not node.host.run("systemctl list-unit-files --no-legend 'bentre-firewall*'").stdout
    node.host.check_output("systemctl start nftables && systemctl stop nftables")
    assert "bentre" not in node.host.check_output("nft list tables")
    assert not node.host.check_output("find /etc /usr/local /var/lib/bentre -name '*firewall*'")
