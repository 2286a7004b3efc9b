"""Validation with NIST's own JSON schema."""

import json
from functools import cache
from pathlib import Path

from jsonschema_rs import Draft7Validator, ValidationError

from bentre_infra.compliance.reports.oscal.common import Json
from bentre_infra.runtime.errors import BentreError

SCHEMA = Path(__file__).parent / "schema" / "oscal_complete_schema.json"


def validate(name: str, document: Json) -> None:
    """Check a document.

    Raises:
        BentreError: it does not fit; names the first place.
    """
    try:
        _validator(next(iter(document))).validate(document)
    except ValidationError as e:
        at = "/".join(str(part) for part in e.instance_path)
        raise BentreError(f"OSCAL {name}: {at}: {e.message[:300]}") from e


@cache
def _validator(key: str) -> Draft7Validator:
    """Of one kind of document: a choice between all kinds would name no place."""
    schema = json.loads(SCHEMA.read_bytes())
    kinds = {kind["required"][0]: kind for kind in schema.pop("oneOf")}
    return Draft7Validator(schema | kinds[key])
