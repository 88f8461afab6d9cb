"""The floors of the house: what shows no screen imports no Textual."""

import subprocess
import sys
from pathlib import Path

import pytest

import opsconsole

ROOMS = sorted(path.parent.name for path in Path(opsconsole.__file__).parent.glob("*/__init__.py"))
WITHOUT_A_SCREEN = [room for room in ROOMS if room != "console"]


def test_the_rooms_are_found() -> None:
    assert {"simulation", "catalog", "fleet", "cloud", "commands", "engine", "cli"} <= set(WITHOUT_A_SCREEN)


@pytest.mark.parametrize("room", WITHOUT_A_SCREEN)
def test_importing_everything_of_a_room_that_shows_no_screen_imports_no_textual(room: str) -> None:
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
