"""cluster-api-provider-openstack issue 1146: an application credential beside a project.

Keystone refuses the mix in words that lead nowhere; here it is refused before anything is asked.
"""

import pytest

from bentre_infra.cloud.entries import require_entries
from bentre_infra.site import SiteError

ENTRIES = """\
clouds:
  site-mail:
    auth:
      auth_url: https://keystone.example
      application_credential_id: 3b5c
      application_credential_secret: x
      {scope}: y
  site-portal:
    auth:
      auth_url: https://keystone.example
      application_credential_id: 3b5c
      application_credential_secret: x
  site-signing:
    auth: {{auth_url: https://keystone.example, username: u, password: p, project_name: signing}}
"""


@pytest.fixture
def clouds(tmp_path):
    def written(scope: str = "project_name"):
        path = tmp_path / "clouds.yaml"
        path.write_text(ENTRIES.format(scope=scope))
        return path

    return written


@pytest.mark.parametrize("scope", ["project_id", "project_name", "tenant_id", "domain_name"])
def test_the_mix_is_refused_with_its_line_and_what_would_be_right(clouds, scope):
    path = clouds(scope)
    with pytest.raises(SiteError) as refused:
        require_entries(["site-mail", "site-portal", "site-signing"], path)
    assert str(refused.value) == (
        f'{path}:7: entry "site-mail" has application_credential_id beside {scope}: an application '
        f"credential belongs to one project already; leave {scope} out"
    )


def test_each_alone_is_right(clouds):
    require_entries(["site-portal", "site-signing"], clouds())


def test_an_entry_that_is_missing_is_named_with_the_nearest_one(clouds):
    with pytest.raises(
        SiteError, match='entry "site-porta" is missing; did you mean "site-portal"'
    ):
        require_entries(["site-porta"], clouds())
