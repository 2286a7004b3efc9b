"""Why the engine failed: one line out of what it prints."""

from bentre_infra.engine.reason import reason

EXCEPTION = """
 code: 1
 stdout: Previewing update (lab):

 +  pulumi:pulumi:Stack one-server-lab create error: Program failed with an unhandled exception:
 +  pulumi:pulumi:Stack one-server-lab create 1 error
Diagnostics:
  pulumi:pulumi:Stack (one-server-lab):
    error: Program failed with an unhandled exception:
    Traceback (most recent call last):
      File "/srv/stacks/one/__main__.py", line 3, in <module>
        first()
        ~~~~~^^
    KeyError: 'first'
    During handling of the above exception, another exception occurred:
    Traceback (most recent call last):
      File "/srv/stacks/one/__main__.py", line 4, in <module>
        raise ValueError("two\\nlines")
    ValueError: two
    lines

Resources:
    + 1 to create
    1 errored

 stderr:
"""

SEVERAL = """
    error: 2 errors occurred:
    \t* first
    \t* second

error: update failed
"""


def test_an_exception_of_the_program_is_told_with_its_place() -> None:
    assert reason(EXCEPTION) == "/srv/stacks/one/__main__.py, line 4: ValueError: two lines"


def test_of_several_errors_it_is_the_first() -> None:
    assert reason(SEVERAL) == "first"


def test_the_last_error_counts() -> None:
    assert reason("error: one\nerror: two\nerror: preview failed\n") == "two"


def test_what_it_said_last_where_it_names_no_error() -> None:
    assert reason(" stderr: killed\n\n") == "stderr: killed"
    assert reason("") == "the engine failed without a word"
