import subprocess
import sys

from bentre_infra.lab import environment, fingerprint


def test_what_is_written_is_read(layout, tmp_path):
    assert fingerprint.read(layout) is None
    current = fingerprint.current(tmp_path)
    fingerprint.write(layout, current)
    assert fingerprint.read(layout) == current


def test_the_same_code_has_the_same_fingerprint(tmp_path):
    assert fingerprint.current(tmp_path) == fingerprint.current(tmp_path)
    assert fingerprint.contents() == fingerprint.contents()


def test_other_releases_are_other_data(tmp_path, monkeypatch):
    before = fingerprint.current(tmp_path)
    other = environment.REQUIREMENTS.with_name("packages.txt")
    monkeypatch.setattr(environment, "REQUIREMENTS", other)
    after = fingerprint.current(tmp_path)
    assert after.data != before.data
    assert after.lib == before.lib


def test_the_copy_for_nova_stands_alone(layout):
    fingerprint.copy_lib(layout)
    code = "import bentre_infra.hosts.sweep, bentre_infra.lab; print(bentre_infra.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '{layout.lib}'); {code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(layout.lib))
