"""Pulumi components: what a province's data centre is made of on OpenStack."""
