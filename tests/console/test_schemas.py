"""The schemas of the console's own files say of every file what its reader says."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from opsconsole.cli.console import own_theme
from opsconsole.cli.terminal import UsageError
from opsconsole.console.keys import EVERY
from opsconsole.console.rebinding import read_keys
from opsconsole.console.schemas import console_schema, keys_schema
from tests.json_schema import refusals


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ('[keys]\npause = "p"\nfaster = "plus,f"\n"recovery.jump1" = "f6"\n', True),
        ('[keys]\nfastr = "f"\n', False),
        ("[keys]\nhelp = 1\n", False),
        ('[keys]\nhelp = "  "\n', False),
        ('pause = "p"\n', False),
        ("keys = 1\n", False),
    ],
)
def test_keys_are_good_or_bad_for_both(tmp_path: Path, text: str, good: bool) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    schema = keys_schema()
    assert (not read_keys(file).problems) is good
    assert (not list(refusals(tomllib.loads(text), schema, schema))) is good


def test_the_schema_of_keys_tells_every_action() -> None:
    schema = json.loads(subprocess.check_output([sys.executable, "-m", "opsconsole", "schema", "keys"], text=True))
    assert schema == keys_schema()
    actions = schema["properties"]["keys"]["properties"]
    assert len(actions) == len(EVERY), "no two keys have one name"
    assert all(any(key.sentence in one["description"] for one in actions.values()) for key in EVERY)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ('theme = "light"\n', True),
        ('theme = "lite"\n', False),
        ('theme = ""\n', False),
        ("theme = 7\n", False),
        ('them = "light"\n', False),
    ],
)
def test_settings_are_good_or_bad_for_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, good: bool
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *args, **options: tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    (tmp_path / "console.toml").write_text(text)
    schema = console_schema()
    assert (not list(refusals(tomllib.loads(text), schema, schema))) is good
    if good:
        own_theme()
    else:
        with pytest.raises(UsageError, match=r"console\.toml: there is no"):
            own_theme()


def test_schemas_are_printed_without_textual() -> None:
    program = "import sys, opsconsole.cli.main as m; m.main(['schema', 'console']); sys.exit('textual' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == console_schema()
