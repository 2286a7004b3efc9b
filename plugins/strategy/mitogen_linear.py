"""Mitogen's strategy, where Ansible finds it: ``ANSIBLE_STRATEGY=mitogen_linear``."""

import gc

from ansible_mitogen.plugins.strategy.mitogen_linear import StrategyModule

__all__ = ["StrategyModule"]

# what is loaded by now stays to the end: each task's process need not look through it again
gc.freeze()
