"""The floors of the house: what shows no screen imports no Textual."""

import subprocess
import sys

import pytest

BELOW_THE_CONSOLE = ["simulation", "catalog", "fleet", "cloud", "commands", "engine", "cli.main"]


@pytest.mark.parametrize("room", BELOW_THE_CONSOLE)
def test_importing_everything_of_a_room_below_the_console_imports_no_textual(room: str) -> None:
    program = f"""
import importlib, pkgutil, sys
package = importlib.import_module("opsconsole.{room}")
for module in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
    importlib.import_module(module.name)
loaded = sorted(name for name in sys.modules if name.split(".")[0] == "textual")
print(loaded)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[]"
