"""Reads a preview or a refresh as data: the gate before destructive changes, and drift."""
