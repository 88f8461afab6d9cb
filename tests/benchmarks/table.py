"""The peer made of built-ins: the fleet's nodes in a Textual `DataTable`, with the same updates at the same times.

    python -m tests.benchmarks.table FLEET [--speed X]

The same engine in the same event loop; a row per node (id, zone, role, state) of which the cells that changed are
updated, and a line of virtual time, when the console would look at its map: once a second, at news up to four times.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Static

from opsconsole.console.app import STATE_S
from opsconsole.console.screens.ground import METRICS_S
from opsconsole.console.views import map_rows
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import Engine
from opsconsole.fleet import load_fleet


class Table(App[None]):
    """A session in a table."""

    BINDINGS: ClassVar = [("space", "pause", "pause"), ("q", "quit", "quit")]

    def __init__(self, fleet: str, speed: float) -> None:
        super().__init__()
        self._fleet = fleet
        self._speed = speed
        self._shown: dict[str, tuple[str, ...]] = {}
        self._looked = (-1, 0.0)

    def compose(self) -> ComposeResult:
        yield Static("", id="clock")
        yield DataTable(cursor_type="row", zebra_stripes=False)

    def on_mount(self) -> None:
        self.call_after_refresh(self.run_worker, self._live())

    async def _live(self) -> None:
        self.engine = Engine(begin(load_fleet(self._fleet)), speed=self._speed)
        table = self.query_one(DataTable)
        table.add_columns(*((title, title) for title in ("node", "zone", "role", "state")))
        self._shown = self._rows()
        for id, row in self._shown.items():
            table.add_row(*row, key=id)
        table.focus()
        gc.freeze()
        self.engine.listen(self._look, STATE_S)
        await asyncio.sleep(0)
        await self.engine.run()

    def _rows(self) -> dict[str, tuple[str, ...]]:
        found = map_rows.rows(self.engine.session.cloud, truth=True)
        marks = (mark for rows in found.values() for row in rows for mark in row.marks)
        return {mark.id: (mark.id, mark.zone, mark.role, mark.state.text) for mark in marks}

    def _look(self) -> None:
        self.query_one("#clock", Static).update(f"open {self.engine.now_us // 1_000_000} s", layout=False)
        (count, at), log = self._looked, self.engine.session.cloud.log
        if count == log.count and time.monotonic() - at < METRICS_S:
            return
        self._looked = (log.count, time.monotonic())
        rows, table = self._rows(), self.query_one(DataTable)
        for id, row in rows.items():
            for title, cell, before in zip(
                ("node", "zone", "role", "state"), row, self._shown.get(id, row), strict=True
            ):
                if cell != before:
                    table.update_cell(id, title, cell)
        self._shown = rows

    def action_pause(self) -> None:
        if self.engine.paused:
            self.engine.resume()
        else:
            self.engine.pause()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fleet")
    parser.add_argument("--speed", type=float, default=1.0)
    options = parser.parse_args()
    Table(options.fleet, options.speed).run()
