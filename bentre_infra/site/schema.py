"""JSON Schema of the files, for editors that complete and check while one types."""

from typing import Any, Literal

from bentre_infra.site.document import AllotmentDocument, Document, ProfileDocument, SiteDocument

type FileKind = Literal["site", "profile", "addresses"]

_DOCUMENTS: dict[FileKind, type[Document]] = {
    "site": SiteDocument,
    "profile": ProfileDocument,
    "addresses": AllotmentDocument,
}


def schema(kind: FileKind) -> dict[str, Any]:
    """Return the schema of a kind of file, in the dialect of JSON Schema 2020-12."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **_DOCUMENTS[kind].model_json_schema(by_alias=True)}
