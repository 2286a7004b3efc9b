"""Hand the stacks' nodes to the inventory, which then works without the cloud."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from bentre_infra.engine.stack import Outcome, StackRunner
from bentre_infra.inventory.nodes import NodeRecord, parse_nodes, write_nodes

OUTPUT = "nodes"


def export_nodes(
    stacks: Iterable[StackRunner], outcomes: Mapping[str, Outcome], site: str, path: Path
) -> int:
    """Write the nodes of all stacks of a site into its export.

    Args:
        stacks: all of them, also those that were not touched just now.
        outcomes: what just came out of stacks; the others' states are read.
        site: the site's name.
        path: the export (``inventory.export_path``).

    Returns:
        How many nodes there are.

    Raises:
        BentreError: a state cannot be read, or two stacks have a node of one name.
    """
    records: list[NodeRecord] = []
    for stack in stacks:
        outcome = outcomes.get(stack.project)
        nodes = (outcome.outputs if outcome else stack.outputs()).get(OUTPUT)
        if nodes is not None:
            _, found = parse_nodes(json.dumps(nodes), f"stack {stack.project}")
            records += found
    write_nodes(path, site, records)
    return len(records)
