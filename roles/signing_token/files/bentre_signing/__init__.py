"""Seals and validates PDF documents, and gives time stamps, with keys that do not leave a token."""
