"""Whatever a person does to the files, the answer is a site or its faults, never a traceback."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bentre_infra.site import Problem, SiteError, load_site
from bentre_infra.site.load import allocated

ROOT = Path(__file__).parents[3]
LAB = ROOT / "inventories" / "lab"
FILES = {
    "site.yaml": (LAB / "site.yaml").read_text(),
    "addresses.yaml": (LAB / "addresses.yaml").read_text(),
    # a profile beside a site goes before the package's
    "bentre-2016.yaml": (ROOT / "bentre_infra/site/provinces/bentre-2016.yaml").read_text(),
}
WORDS = ["", "x", "0", "-1", "null", "true", "1.5", "'é'", "~", "&a", "*a", "- -", "|", "\t"]
VALUES = ["[]", "{}", "[1, 2]", "{a: b}", "10.83.0.0/16", "2001:db8::/64", "2016-12-31"]
NAMES = ["dmz", "mail.front", "internet", "ben-tre", "commune"]
JUNK = st.sampled_from([*WORDS, *VALUES, *NAMES])


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, str]:
    """A file with one line or one word of it gone, doubled or replaced."""
    name = draw(st.sampled_from(sorted(FILES)))
    lines = FILES[name].splitlines(keepends=True)
    number = draw(st.integers(0, len(lines) - 1))
    match draw(st.sampled_from(["gone", "doubled", "word", "cut"])):
        case "gone":
            lines[number] = ""
        case "doubled":
            lines[number] *= 2
        case "cut":
            lines[number] = lines[number][: draw(st.integers(0, 30))] + "\n"
        case _:
            words = lines[number].split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(JUNK)
            lines[number] = " ".join(words).rstrip("\n") + "\n"
    return name, "".join(lines)


@given(broken())
@settings(max_examples=60)
def test_a_broken_file_is_a_fault_with_its_line(edit: tuple[str, str]) -> None:
    name, text = edit
    with tempfile.TemporaryDirectory() as folder:
        for file, right in FILES.items():
            (Path(folder) / file).write_text(text if file == name else right, encoding="utf-8")
        for act in (load_site, allocated):
            for problem in problems_of(act, Path(folder)):
                assert problem.line >= 1
                assert "\n" not in problem.message


def problems_of(act: Callable[[Path], object], folder: Path) -> tuple[Problem, ...]:
    try:
        act(folder)
    except SiteError as e:
        return e.problems
    return ()
