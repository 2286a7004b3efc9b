"""After the second converge: it is no server any more."""


def test_it_answers_nobody(host):
    listening = host.check_output("ss --no-header --listening --udp --tcp --numeric")
    assert ":4460" not in listening
    assert ":123 " not in listening


def test_it_asks_nobody(table):
    assert table("sources") == []
