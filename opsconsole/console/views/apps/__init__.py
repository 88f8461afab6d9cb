"""The applications: the list of them, and for one of them how it is served, its incident, what it is connected to."""

from opsconsole.console.views.apps.listing import apps_view, course, failed_shares, incidents_shown, open_incident

__all__ = ["apps_view", "course", "failed_shares", "incidents_shown", "open_incident"]
