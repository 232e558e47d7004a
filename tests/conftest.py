"""What holds for all tests: a machine that is slow, or busy with others, fails none of them."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "busy",
    deadline=None,
    # Tests that are handed a folder make what they need anew in it for each example.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("busy")
