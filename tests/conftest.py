"""What all tests share: the plugin that knows which facts of the mission they show (`pytest --facts`)."""

pytest_plugins = ["tests.facts_plugin"]
