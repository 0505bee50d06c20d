"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# Tests assert behaviour, never a time: a loaded machine must not fail one.
settings.register_profile("auditor", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("auditor")
