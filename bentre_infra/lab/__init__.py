"""The embedded lab cloud: real OpenStack on one machine, servers as systemd containers."""
