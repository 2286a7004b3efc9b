"""The embedded lab cloud: real OpenStack services on one machine, instances as systemd containers."""
