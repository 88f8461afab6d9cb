"""The pictures in the README are what the console shows.

Our own comparison, of the text of the SVG: `pytest-textual-snapshot` would pin pytest below 9. `make.py` has put fixed
names where Rich puts ids, so what is left is the picture, and nothing in it may differ.
"""

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "screenshots"
MAKE: dict[str, Any] = runpy.run_path(str(FOLDER / "make.py"))
take: Callable[..., Any] = MAKE["take"]


@pytest.mark.parametrize("picture", MAKE["PICTURES"], ids=lambda picture: str(picture.name))
async def test_a_picture_is_what_the_console_shows(picture: Any) -> None:
    shown = await take(picture)
    kept = (FOLDER / f"{picture.name}.svg").read_text(encoding="utf-8")
    assert shown == kept, "run `python screenshots/make.py` and look at what has changed"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.svg")), ids=lambda file: file.stem)
def test_a_picture_says_simulated_and_fetches_nothing(file: Path) -> None:
    svg = file.read_text(encoding="utf-8")
    assert ">SIMULATED<" in svg
    assert set(re.findall(r"https?://[^\"' )]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in svg.replace("url(#", "")
    assert "@import" not in svg


def test_every_picture_is_made_by_the_command() -> None:
    assert {file.stem for file in FOLDER.glob("*.svg")} == {picture.name for picture in MAKE["PICTURES"]}
