"""The page around a report: one file that needs nothing else, runs nothing, and may load nothing.

The content policy names the style by its hash and allows nothing besides: no script, image, font, form or frame.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from opsconsole.drills.report.markup import Child, Html, element, join, raw_text


def page(title: str, simulated: str, opening: Html, sections: Sequence[tuple[str, str, Html]], foot: Child) -> str:
    """A whole page; each section with the word that leads to it."""
    links = [element("a", words, href=f"#{id}") for id, words, _ in sections]
    document = element(
        "html",
        _head(f"{title}: {simulated}"),
        element(
            "body",
            element("p", simulated, class_="simulated", role="note"),
            element(
                "main",
                opening,
                element("nav", links, aria_label="Sections"),
                [html for _, _, html in sections],
            ),
            element("footer", element("p", simulated), element("p", foot)),
        ),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{document}\n"


def _head(title: str) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=content_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        raw_text("style", style()),
    )


@cache
def style() -> str:
    """The style sheet, on one line for each rule as it stands in its file."""
    return files("opsconsole.drills.report").joinpath("style.css").read_text(encoding="utf-8")


@cache
def content_policy() -> str:
    """What the page may load: its own style, known by its hash."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def foot(product: str, *more: Child) -> Html:
    """What wrote the page."""
    return join("Written by ", product, *more)
