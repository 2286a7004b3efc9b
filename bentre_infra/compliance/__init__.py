"""Compliance: controls as data, checks on the real system, evidence, reports."""
