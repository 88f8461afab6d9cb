"""A result as a file: JSON that says everything, the same bytes for the same result, and read back as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from opsconsole.drills.result import FORMAT, ChaosResult, DrillResult

NAME: Final = "result.json"
"""The file's name in a report's folder."""


class ResultProblem(Exception):
    """A file is no result that can be read; the text names the file and says why."""


def result_json(result: DrillResult | ChaosResult) -> str:
    """The text of a result's file."""
    return result.model_dump_json(indent=2) + "\n"


def read_result(path: Path) -> DrillResult | ChaosResult:
    """Read a result: a JSON file, or the folder of a report. Raises ``ResultProblem``."""
    file = path / NAME if path.is_dir() else path
    text = _text(file, path)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
        )
        raise ResultProblem(f"{file}: not JSON ({where}); give it what `opsconsole drill --json` wrote") from None
    if not isinstance(data, dict) or "drill" not in data or "format" not in data:
        raise ResultProblem(f"{file}: JSON, but no drill's result; give it what `opsconsole drill --json` wrote")
    if data["format"] != FORMAT:
        raise ResultProblem(
            f"{file}: a result of format {data['format']!r}; this version reads {FORMAT}: run the drill again with it"
        )
    kind = ChaosResult if "runs" in data else DrillResult
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ResultProblem(f"{file}: a damaged result of format {FORMAT}: {where}: {first['msg']}") from None


def _text(file: Path, asked: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        inside = (
            f"the folder {asked} holds no {NAME}; a report's folder does" if file != asked else f"{file}: no such file"
        )
        raise ResultProblem(inside) from None
    except UnicodeDecodeError:
        raise ResultProblem(f"{file}: not JSON (it is not UTF-8 text)") from None
    except OSError as error:
        raise ResultProblem(f"{file}: {error.strerror}") from None
