"""Systemd machines in containers: throw-away test hosts, and the lab cloud's instances.

Only the standard library is used here, since this package is also loaded inside nova and cinder.
"""
