"""What is particular about single scenarios."""

LONGEST = {"backup", "monitoring", "pki"}
"""They begin first, so that none is left alone at the end."""

PLAIN = {"base"}
"""Scenarios that run without Mitogen: it can be switched off."""

SECRETIVE = {
    *("accounts", "backup", "directory", "dns", "mail", "pki", "portal", "signing", "ssh"),
    "together",
}
"""Scenarios that make secrets, in the folder ``secrets`` of their ephemeral folder."""
