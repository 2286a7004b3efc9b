"""What all systems of the site stand on; see docs/stacks.md."""

from bentre_infra.cloud.program import build_foundation

build_foundation()
