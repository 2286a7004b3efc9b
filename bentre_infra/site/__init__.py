"""The province as one model: read ``load_site``, then everything is plain frozen data."""

from bentre_infra.site.errors import Problem, SiteError
from bentre_infra.site.load import load_site
from bentre_infra.site.model import Site
from bentre_infra.site.profile import Profile
from bentre_infra.site.profiles import load_profile

__all__ = ["Problem", "Profile", "Site", "SiteError", "load_profile", "load_site"]
