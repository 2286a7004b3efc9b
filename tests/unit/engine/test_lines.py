from bentre_infra.engine.lines import essential

SAID = """Updating (lab):

@ updating....
 +  openstack:networking:Network net creating (0s)
 +  openstack:networking:Network net created (3s)
 +  pulumi:pulumi:Stack one-server-lab creating (0s) error: Program failed
    openstack:networking:Subnet subnet
 ~  openstack:networking:Network net refresh (0.38s)
Diagnostics:
  openstack:networking:Network (net):
    error: no image "debian14"
Resources:
    + 17 created

Duration: 41s"""


def test_what_merely_goes_on_is_left_out():
    lines: list[str] = []
    for line in SAID.splitlines():
        essential(lines.append)(line)
    assert lines == [
        " +  openstack:networking:Network net created (3s)",
        " +  pulumi:pulumi:Stack one-server-lab creating (0s) error: Program failed",
        "Diagnostics:",
        "  openstack:networking:Network (net):",
        '    error: no image "debian14"',
        "Resources:",
        "    + 17 created",
    ]
