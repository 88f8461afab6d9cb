"""The panels of the Apps screen: how an app is served, its incident, its connections and cache, a tracer request."""

from __future__ import annotations

from opsconsole.console.views.app_tabs import connections
from opsconsole.console.views.apps.incident import incident
from opsconsole.console.views.apps.service import service
from opsconsole.console.views.cache_use import cache
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import heading
from opsconsole.console.views.lines import Line
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.tracer import traces
from opsconsole.drills.spec import Objective

PAGES = ("Service", "Incident", "Connections", "Tracer")
"""The panels by their titles, in the order of the screen."""


def page(title: str, scene: Scene, objective: Objective) -> list[Line]:
    """The lines of one panel, as many as they are."""
    match title:
        case "Service":
            lines = service(scene, objective)
        case "Incident":
            lines = incident(scene)
        case "Connections":
            lines = connections(scene)
            if scene.cloud.apps[scene.id].cache is not None:
                lines = [*lines, BLANK, heading("cache", scene.width), *cache(scene)]
        case _:
            lines = traces(scene)
    return in_ascii(lines, scene.ascii)
