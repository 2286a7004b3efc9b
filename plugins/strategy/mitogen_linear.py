"""Mitogen's strategy, where Ansible finds it: ``ANSIBLE_STRATEGY=mitogen_linear``."""

from ansible_mitogen.plugins.strategy.mitogen_linear import StrategyModule

__all__ = ["StrategyModule"]
