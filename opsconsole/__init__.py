"""opsconsole: a flight simulator for AWS database operations. Everything it shows is SIMULATED.

The package is a house of floors (see ``[tool.importlinter]`` in ``pyproject.toml``): a room imports what stands below
it and never above. Nothing here talks to AWS.
"""

__version__ = "0.1.0"
