"""The provider's SDK, with the modules that the stacks use already loaded.

They load at their first use otherwise, without a lock (``pulumi/_utils.py``): where another thread
of the program looks meanwhile, it finds half of one.
"""

import pulumi_openstack as openstack

__all__ = ["openstack"]

for module in (
    openstack.blockstorage,
    openstack.compute,
    openstack.dns,
    openstack.identity,
    openstack.images,
    openstack.loadbalancer,
    openstack.networking,
):
    getattr(module, "__all__", None)  # whatever is asked for loads it
