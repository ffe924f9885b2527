"""How many examples a fuzz test tries: few and always the same, or many and random under the profile `fuzz`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

ALWAYS_THE_SAME, RANDOM = "ci", "fuzz"
TIMES = 20
"""How many times as many examples `make fuzz` tries."""

# The application is built once for all the examples: what they store is put back after each.
_EITHER = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def register_profiles() -> None:
    """Make both known to Hypothesis, under their names on its command line."""
    settings.register_profile(ALWAYS_THE_SAME, _EITHER, derandomize=True, database=None)
    settings.register_profile(RANDOM, _EITHER, print_blob=True)


def examples(number: int, *, steps: int = 50) -> settings:
    """Settings for a test that shows enough with so many examples (of so many steps, for a state machine)."""
    if settings.get_current_profile_name() == RANDOM:
        return settings(settings.get_profile(RANDOM), max_examples=number * TIMES, stateful_step_count=steps)
    return settings(settings.get_profile(ALWAYS_THE_SAME), max_examples=number, stateful_step_count=steps)
