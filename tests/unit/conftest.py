"""Property tests: the same examples at every run, and no limit on a noisy machine's time."""

import os

from hypothesis import settings

settings.register_profile(
    "bentre", deadline=None, derandomize="BENTRE_FUZZ" not in os.environ, print_blob=True
)
settings.load_profile("bentre")
