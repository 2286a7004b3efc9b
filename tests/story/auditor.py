"""One control on one node of the site, or on its cloud, judged as ``bentre audit`` judges it."""

import os
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bentre_infra.commands.environment import lab_environment
from bentre_infra.compliance.audit import Selection, collect
from bentre_infra.compliance.checks.control import Judgement
from bentre_infra.compliance.facts.site import SiteFacts, site_facts
from bentre_infra.compliance.gather.cloud import gather_cloud
from bentre_infra.compliance.gather.transport import Target
from bentre_infra.runtime.paths import Paths
from bentre_infra.site import load_site
from tests.story.datacentre import REPOSITORY, DataCentre
from tests.unit.compliance.recorded import ask


@dataclass(frozen=True)
class Auditor:
    datacentre: DataCentre
    paths: Paths
    site: SiteFacts

    @classmethod
    def of(cls, datacentre: DataCentre) -> "Auditor":
        site = site_facts(load_site(REPOSITORY / "inventories/lab"), date.today())
        return cls(datacentre, Paths.from_env(), site)

    def told_of(self, former: tuple[str, ...]) -> "Auditor":
        """One whose site has given up some domains."""
        return replace(self, site=replace(self.site, former_domains=former)) if former else self

    def read(self, node: str) -> dict[str, Any]:
        """What the collector says of a node now."""
        guest = self.datacentre.node(node).guest
        way = Target(node, guest.address, "debian", key=str(guest.key), check_host_key=False)
        found = collect({node: way}, self.site, Selection(3, hosts=(node,)), lambda _: None)[node]
        assert found.facts is not None, found.reason
        return found.facts

    def judge(self, control: str, node: str, facts: dict[str, Any], level: int = 3) -> Judgement:
        return ask(control, facts, subject=node, site=self.site, level=level, today=self.site.today)

    def cloud(self) -> dict[str, Any]:
        """What the cloud's interfaces say now."""
        os.environ.update(lab_environment(self.paths))
        return gather_cloud("bentre-lab-admin", ["lab-"])

    def judge_cloud(self, control: str, facts: dict[str, Any]) -> Judgement:
        return ask(control, facts, site=self.site, kind="cloud", today=self.site.today)
