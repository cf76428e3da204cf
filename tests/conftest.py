"""What all tests share: an Airflow home of their own, and how hypothesis draws."""

from __future__ import annotations

import os
import tempfile

from hypothesis import HealthCheck, settings

# Before the first import of Airflow anywhere: it reads its configuration once, and must not read a person's.
for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="mlquality-tests-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"

settings.register_profile(
    "checkout",
    deadline=None,  # a busy machine is no failure
    derandomize=True,  # the same examples everywhere; a failure is never somebody else's luck
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("checkout")
