import pytest

from bentre_infra.runtime.errors import BentreError
from bentre_infra.runtime.process import run


def test_output_is_returned():
    assert run(["printf", "a b"]) == "a b"


def test_input_goes_to_the_program():
    assert run(["cat"], input="secret") == "secret"


def test_a_failure_names_command_code_and_last_words():
    with pytest.raises(BentreError, match=r"sh -c 'echo no >&2; exit 3': exit code 3: no"):
        run(["sh", "-c", "echo no >&2; exit 3"])


def test_a_failure_may_be_allowed():
    assert run(["sh", "-c", "echo out; exit 3"], check=False) == "out\n"


def test_a_missing_program_is_named():
    with pytest.raises(BentreError, match="no-such-program: not found"):
        run(["no-such-program"])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(BentreError, match="gone: not found"):
        run(["true"], cwd=tmp_path / "gone")


def test_a_program_that_hangs_is_ended():
    with pytest.raises(BentreError, match=r"sleep 600: no end after 0.1 s"):
        run(["sleep", "600"], timeout=0.1)
