"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# No deadlines: the machines that run the tests are shared, and a slow example is no failure.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")
