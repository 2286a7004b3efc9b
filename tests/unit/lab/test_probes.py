import http.server
import socket
import threading

from bentre_infra.lab.probes import Http, SocketFile, Tcp, UnixSocket


def test_a_listener_is_seen_and_its_end_too(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert Tcp("127.0.0.1", port).ready(60)
    assert not Tcp("127.0.0.1", port).ready(60)


def test_a_socket_file_that_nobody_serves_is_not_ready(tmp_path):
    path = tmp_path / "s"
    assert not UnixSocket(path).ready(60)
    assert not SocketFile(path).ready(60)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        assert UnixSocket(path).ready(60)
    assert not UnixSocket(path).ready(60)
    assert SocketFile(path).ready(60)


def test_an_api_is_ready_when_it_answers_without_an_error_of_its_own():
    class Api(http.server.BaseHTTPRequestHandler):
        status = 300

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        probe = Http("127.0.0.1", server.server_port)
        assert probe.ready(60)
        Api.status = 401
        assert probe.ready(60)
        Api.status = 503
        assert not probe.ready(60)
        server.shutdown()
