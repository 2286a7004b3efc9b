"""Drivers that let real nova and cinder run on one machine without a hypervisor.

These modules run in the lab's own environment, beside nova and cinder.
"""
