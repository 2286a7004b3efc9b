"""The services that the site gives to this stack; see docs/stacks.md."""

from bentre_infra.cloud.program import build_systems

build_systems()
