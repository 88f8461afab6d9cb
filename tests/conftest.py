"""What all tests share: a plugin that knows which facts of the mission they show (`pytest --facts`), and less waste."""

import gc

from hypothesis import settings

# The same examples every time: a red run is never luck. `pytest --hypothesis-profile=default` looks for new ones.
settings.register_profile("the same examples", derandomize=True)
settings.load_profile("the same examples")

pytest_plugins = ["tests.facts_plugin"]


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
