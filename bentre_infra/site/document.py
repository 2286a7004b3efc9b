"""The files as a person writes them: checked field by field, before anything is derived."""

from datetime import date
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=30)]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Domain = Annotated[
    str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Level = Annotated[int, Field(ge=1, le=5, strict=True)]
Count = Annotated[int, Field(ge=0, strict=True)]
Size = Literal["tiny", "small", "medium", "large"]


class Kind(StrEnum):
    """What a unit is: thành phố thuộc tỉnh, huyện, phường, thị trấn, xã, sở."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    WARD = "ward"
    TOWNSHIP = "township"
    COMMUNE = "commune"
    DEPARTMENT = "department"


class Tier(StrEnum):
    """A level of government; departments are the province's."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    DEPARTMENT = "department"


class Document(BaseModel):
    """Base of all documents: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class UnitDocument(Document):
    """An administrative unit or agency.

    ``slug`` is its identity, for all time; dates default to the profile's.
    """

    slug: Label = Field(description="Identity, and label of its host names and domain")
    name: Text = Field(description="Official name without its kind, NFC")
    kind: Kind
    parent: Label | None = Field(default=None, description="Unit above; the province when left out")
    code: str | None = Field(default=None, description="Agency code, QĐ 20/2020/QĐ-TTg")
    legacy_code: str | None = Field(default=None, description="Its older code, QCVN 102:2016/BTTTT")
    gso: str | None = Field(
        default=None, pattern=r"^\d{2,5}$", description="Statistics office's code"
    )
    origin: Label | None = Field(default=None, description="Former province that it comes from")
    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="Last day")
    successor: Label | None = Field(
        default=None, description="Unit of this profile that follows it"
    )
    predecessors: list[Label] = Field(
        default_factory=list, description="Units of the profile before, whose whole area it took"
    )
    generated: bool = Field(default=False, description="Made up, for tests of scale")


class DomainDocument(Document):
    """A domain of the province, and when it is the one in use."""

    name: Domain
    valid_from: date | None = None
    valid_to: date | None = Field(
        default=None, description="Last day; then alias and redirect only"
    )


class DeclaredDocument(Document):
    """How many units of a tier there are, whether named or not."""

    on: date
    tier: Tier
    units: Count


class ProfileDocument(Document):
    """A province as it is organised between two dates."""

    profile: Name
    title: Text
    province: Label
    valid_from: date
    valid_to: date | None = None
    tiers: list[Tier]
    succeeds: Name | None = None
    domains: list[DomainDocument] = Field(min_length=1)
    declared: list[DeclaredDocument] = Field(default_factory=list)
    sources: dict[str, Text]
    units: list[UnitDocument] = Field(min_length=1)


class CloudDocument(Document):
    """The OpenStack that the site is built on; its credentials stand in clouds.yaml."""

    name: Name = Field(description="Entry of clouds.yaml")
    external_network: Text
    gateway: IPv6Address | None = Field(
        default=None,
        description="Our router's address there, to which the provider routes our IPv6 prefix",
    )
    hosts: int = Field(
        default=3,
        ge=1,
        strict=True,
        description="Compute hosts: so many nodes of a part are kept strictly apart",
    )
    protect_data: bool = Field(
        default=True, description="Data volumes refuse to be deleted, whoever asks"
    )
    image: Text = Field(description="Image of a server, by name")
    flavors: dict[Size, Text] = Field(
        default_factory=dict, description="Flavor of a size; bentre.SIZE when left out"
    )


class AddressingDocument(Document):
    """The address space that was allotted; zones and nodes are cut from it."""

    ipv4: list[IPv4Network] = Field(min_length=1, description="Allotted prefixes, in any order")
    ipv6: IPv6Network = Field(description="One prefix, /56 or larger")
    zone_ipv4_length: int = Field(default=24, ge=16, le=27, strict=True)
    lan_ipv4_length: int = Field(default=26, ge=20, le=29, strict=True)
    line_ipv4_length: int = Field(default=28, ge=24, le=29, strict=True)


class DnsDocument(Document):
    """Names and resolvers."""

    public: Domain | None = Field(
        default=None, description="Public domain; the profile's when left out"
    )
    domain: Domain | None = Field(
        default=None, description="Zone of host names; SITE.PUBLIC if left out"
    )
    resolvers: list[Text] = Field(
        default_factory=list, description="Resolvers of the hosts: addresses, or SERVICE.PART"
    )


class ZoneDocument(Document):
    """A network zone; its prefixes are allotted unless they are pinned here."""

    ipv4: IPv4Network | None = None
    ipv6: IPv6Network | None = None
    admins: list[IPv4Network | IPv6Network] = Field(
        default_factory=list, description="Where administrators work; management zone only"
    )


class LineDocument(Document):
    """A line to a unit: a network of its own; its prefixes are allotted unless pinned here."""

    unit: Text = Field(description="Slug or agency code of the unit that it leads to")
    cost: Annotated[int, Field(ge=1, le=999, strict=True)] = Field(
        default=10, description="The way with the lowest sum is taken (OSPF)"
    )
    ipv4: IPv4Network | None = None
    ipv6: IPv6Network | None = None


class TunnelDocument(Document):
    """A tunnel to a unit, through networks of others."""

    unit: Text = Field(description="Slug or agency code of the unit that it leads to")


class SystemDocument(Document):
    """An information system, as it is classified."""

    code: Name
    name: Text | None = Field(default=None, description="Official name")
    level: Level
    owner: Text = Field(description="Slug or agency code of the unit that owns it")
    users: Count = 0


class PartDocument(Document):
    """Nodes of a service that are alike."""

    zone: Name
    nodes: Annotated[int, Field(ge=1, le=4999, strict=True)] | None = Field(
        default=None, description="How many; 1, or 2 from level 3 on, when left out"
    )
    each: Tier | None = Field(default=None, description="One node for each unit of a tier")
    units: list[Text] = Field(
        default_factory=list, description="One node for each of these units, by slug or agency code"
    )
    size: Size | None = Field(default=None, description="From the system's users when left out")
    image: Text | None = None
    public: list[Label] = Field(default_factory=list, description="Names that the Internet uses")
    balanced: bool = Field(default=False, description="One address in front of all its nodes")
    boot_volume: Annotated[str, StringConstraints(pattern=r"^[1-9]\d* GiB$")] | None = Field(
        default=None,
        description="Nodes boot from a volume of this size; from a disk of the host by default",
    )
    volumes: dict[Name, Annotated[str, StringConstraints(pattern=r"^\d+ GiB(/user)?$")]] = Field(
        default_factory=dict, description="Data volumes: 20 GiB, or 2 GiB/user"
    )
    lines: list[Name] = Field(
        default_factory=list,
        description="Lines that its nodes are on; a unit's own node is on those to its unit",
    )
    tunnels: list[Name] = Field(default_factory=list, description="Tunnels, in the same way")


class ServiceDocument(Document):
    """A service: the system that it is, and the parts that it runs on."""

    system: SystemDocument
    stack: Literal["network", "mail", "portal", "signing"] | None = Field(
        default=None, description="The stack that builds it; the one of its name when left out"
    )
    parts: dict[Name, PartDocument] = Field(min_length=1)


class FlowDocument(Document):
    """Who may talk to whom, on what, and why."""

    source: Text = Field(alias="from", description="SERVICE.PART, SERVICE, zone, or a word")
    target: Text = Field(alias="to", description="SERVICE.PART, SERVICE, zone, or a word")
    allow: list[Text] = Field(min_length=1, description="Protocols: smtp, tcp/8443, ping …")
    why: Text


class WaiverDocument(Document):
    """A control that is not met, knowingly, until a date."""

    control: str = Field(pattern=r"^[A-Z]{2,5}-\d{2}$")
    reason: Text
    owner: Text
    until: date


class AllowanceDocument(Document):
    """A destructive change that may be made, knowingly, until a date (``bentre plan``)."""

    resource: str = Field(
        pattern=r"^([A-Za-z0-9]+/.+|[a-z][a-z0-9-]*)$",
        description="TYPE/NAME as `bentre plan` prints it; a stack's name for change destroy",
    )
    change: Literal["rebuild", "replace", "delete-data", "destroy"]
    until: date = Field(description="Last day")
    why: Text


class UplinkDocument(Document):
    """A line into the specialised data network (TSLCD)."""

    name: Name
    access: Literal[1, 2] = Field(description="Access level I or II, QĐ 33/2025/QĐ-TTg")
    route: Text = Field(description="The physical route that the fibre takes")
    mbit: int = Field(gt=0, strict=True, description="Rate in Mbit/s")


class NetworkDocument(Document):
    """The specialised data network and the units' networks behind it."""

    uplinks: list[UplinkDocument] = Field(default_factory=list)
    lans: list[Tier] = Field(
        default_factory=list, description="Tiers whose units get a network and a VLAN each"
    )


class MachineDocument(Document):
    """A machine that exists already, for a site without OpenStack."""

    ipv4: IPv4Address
    ipv6: IPv6Address
    serial: Text | None = None


class SiteDocument(Document):
    """One site: what a province's data centre is."""

    site: Name
    profile: Name = Field(description="A profile of the package, or a file beside this one")
    as_of: date = Field(description="The day whose units and names count")
    level: Level = Field(description="Highest security level that is hosted")
    cloud: CloudDocument | None = Field(
        default=None, description="Left out: machines are listed below"
    )
    addressing: AddressingDocument
    dns: DnsDocument = DnsDocument()
    zones: dict[Name, ZoneDocument] = Field(min_length=1)
    lines: dict[Name, LineDocument] = Field(default_factory=dict)
    tunnels: dict[Name, TunnelDocument] = Field(default_factory=dict)
    services: dict[Name, ServiceDocument] = Field(default_factory=dict)
    flows: list[FlowDocument] = Field(default_factory=list)
    waivers: list[WaiverDocument] = Field(default_factory=list)
    allow: list[AllowanceDocument] = Field(default_factory=list)
    tslcd: NetworkDocument = NetworkDocument()
    machines: dict[Label, MachineDocument] = Field(default_factory=dict)


class ZoneAllotment(Document):
    """What a zone got."""

    ipv4: IPv4Network
    ipv6: IPv6Network


class HostAllotment(Document):
    """What a node or a balancer got."""

    zone: Name
    ipv4: IPv4Address
    ipv6: IPv6Address


class LanAllotment(Document):
    """What a unit's network got."""

    vlan: int = Field(ge=2, le=4094, strict=True, description="IEEE 802.1Q")
    ipv4: IPv4Network
    ipv6: IPv6Network


class LineAllotment(Document):
    """What a line got, and the number of each node on it: for both families, as in a zone."""

    ipv4: IPv4Network
    ipv6: IPv6Network
    nodes: dict[Label, Annotated[int, Field(ge=1, strict=True)]] = Field(default_factory=dict)


class AllotmentDocument(Document):
    """addresses.yaml: what was given to whom. Written by ``bentre site allocate``."""

    zones: dict[Name, ZoneAllotment] = Field(default_factory=dict)
    hosts: dict[Label, HostAllotment] = Field(default_factory=dict)
    lans: dict[Label, LanAllotment] = Field(default_factory=dict)
    lines: dict[Name, LineAllotment] = Field(default_factory=dict)
