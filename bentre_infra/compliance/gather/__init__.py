"""Reads hosts and projects, and changes nothing: one round trip each, facts as plain JSON."""
