"""The console's eyes: pure functions from a cloud to lines of text. They import no Textual and change nothing."""

from opsconsole.console.views.alarms import alarms_lines, ringing_lines
from opsconsole.console.views.apps import apps_view
from opsconsole.console.views.details import tab_view, tabs_for
from opsconsole.console.views.dialogs import blast_radius, describe_text, dig_text
from opsconsole.console.views.feed import event_feed
from opsconsole.console.views.lines import STYLES, ClockState, Line, Span, line, plain
from opsconsole.console.views.map import is_heat, map_rows_at_rest, map_view, select
from opsconsole.console.views.map_place import Level, Stand, stand_ins, zone_for
from opsconsole.console.views.spark import spark
from opsconsole.console.views.status import status_line
from opsconsole.console.views.things import breadcrumb, kind_of, parts_of, things

__all__ = [
    "STYLES",
    "ClockState",
    "Level",
    "Line",
    "Span",
    "Stand",
    "alarms_lines",
    "apps_view",
    "blast_radius",
    "breadcrumb",
    "describe_text",
    "dig_text",
    "event_feed",
    "is_heat",
    "kind_of",
    "line",
    "map_rows_at_rest",
    "map_view",
    "parts_of",
    "plain",
    "ringing_lines",
    "select",
    "spark",
    "stand_ins",
    "status_line",
    "tab_view",
    "tabs_for",
    "things",
    "zone_for",
]
