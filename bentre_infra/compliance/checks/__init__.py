"""The checks: pytest tests that also ``bentre audit`` calls, one file a section."""
