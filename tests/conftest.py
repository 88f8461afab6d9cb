"""What all tests share: a plugin that knows which facts of the mission they show (`pytest --facts`), and less waste."""

import gc

pytest_plugins = ["tests.facts_plugin"]


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
