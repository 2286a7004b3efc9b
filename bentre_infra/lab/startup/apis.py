"""APIs that have loaded their rules of access before their first request.

Keystone, Neutron, Cinder and Barbican load them within the first request that needs them, and show
the unfinished set to the others that come meanwhile: those are refused, or told that what they ask
for does not exist. uWSGI serves with threads, so it happens to whoever is first after a start.
Nova, Glance, Octavia, Designate and Placement have no such gap.
"""

from typing import Any


def keystone() -> Any:
    """Keystone's application."""
    from keystone.common.rbac_enforcer.enforcer import RBACEnforcer
    from keystone.wsgi.api import application

    # said at each start otherwise: one line for each rule that will change some day
    RBACEnforcer.suppress_deprecation_warnings = True
    RBACEnforcer()._enforcer.load_rules()
    return application


def neutron() -> Any:
    """Neutron's application; it discards rules that are loaded before it."""
    from neutron import policy
    from neutron.wsgi.api import application

    policy.init(suppress_deprecation_warnings=True)
    return application


def cinder() -> Any:
    """Cinder's application."""
    from cinder import policy
    from cinder.wsgi.api import application

    policy.init(suppress_deprecation_warnings=True)
    return application


def barbican(global_config: Any, **local_config: Any) -> Any:
    """Barbican's application, for PasteDeploy."""
    from barbican.api.app import create_main_app
    from barbican.common import policy

    application = create_main_app(global_config, **local_config)
    policy.init(suppress_deprecation_warnings=True)
    return application
