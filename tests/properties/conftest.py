"""Settings of hypothesis: the same cases in every run; the long form draws new ones, and ten times as many."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
settings.register_profile("ci", derandomize=True, max_examples=200, **_COMMON)
settings.register_profile("long", max_examples=2000, print_blob=True, **_COMMON)
settings.load_profile("long" if os.environ.get("ENTREPOT_PROPERTIES") == "long" else "ci")
