import subprocess
import sys

from bentre_infra.runtime.lock import MachineLock

HOLD = """
import sys, time, pathlib
from bentre_infra.runtime.lock import MachineLock
with MachineLock("lab", pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def _holder(folder):
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    return process


def test_the_second_waits_and_says_for_whom(tmp_path):
    first = _holder(tmp_path)
    second = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        said = second.stderr.readline().decode()
        assert said.startswith(f"waiting for lab: held by process {first.pid} (")
        first.terminate()
        assert second.stdout.readline() == b"held\n"
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    first = _holder(tmp_path)
    first.kill()
    first.wait()
    with MachineLock("lab", tmp_path):
        pass
