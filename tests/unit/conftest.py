"""What unit tests share.

Property tests have the same examples at every run, and no limit on a noisy machine's time.
"""

import os
import uuid

import pytest
from hypothesis import settings

from bentre_infra.hosts.cgroup import Cgroup

settings.register_profile(
    "bentre", deadline=None, derandomize="BENTRE_FUZZ" not in os.environ, print_blob=True
)
settings.load_profile("bentre")


@pytest.fixture
def cgroup():
    """A control group of this test alone: groups are the machine's, and tests run side by side."""
    made = Cgroup(f"bentre-test-{uuid.uuid4().hex[:8]}")
    made.create()
    yield made
    made.kill()
