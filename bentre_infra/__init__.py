"""A province's data centre as code."""

__version__ = "0.1.0"
