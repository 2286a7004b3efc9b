"""What docs/site.md shows is what the model reads."""

import re
from pathlib import Path

from bentre_infra.site.document import SiteDocument
from bentre_infra.site.protocols import PROTOCOLS
from bentre_infra.site.validate import validate
from bentre_infra.site.yamlfile import parse

DOCS = Path(__file__).parents[3] / "docs"


def test_the_example_has_the_form_of_a_site() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "site.md").read_text(), re.DOTALL)
    file = parse(example, "example.yaml")
    document, _ = validate(SiteDocument, file)
    assert file.problems == []
    assert document is not None
    assert {p for flow in document.flows for p in flow.allow} <= PROTOCOLS.keys()
