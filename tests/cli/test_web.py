"""The console in a browser: who may come in, one session at a time, and what ends it."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")

from opsconsole.cli.main import main  # noqa: E402
from opsconsole.cli.web import command, listen  # noqa: E402
from opsconsole.console.web.server import TAKEN, OnePage  # noqa: E402

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
TOKEN = "right-token"
STAND_IN = """
import pathlib, sys
out = sys.stdout.buffer
text = b"a console of its own"
out.write(b"__GANGLION__\\nD" + len(text).to_bytes(4, "big") + text)
out.flush()
while (kind := sys.stdin.buffer.read(1)) and b"quit" not in sys.stdin.buffer.read(
    int.from_bytes(sys.stdin.buffer.read(4), "big")
):
    pass
pathlib.Path(sys.argv[1]).touch()
"""
"""What speaks as a console behind a page does; it leaves a file when it is told to end."""


@asynccontextmanager
async def served(tmp_path: Path, patience_s: float = 5.0) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A server of its own with a console that is a stand-in, and somebody who asks it."""
    listening = listen(0)
    port = listening.getsockname()[1]
    line = f"exec {shlex.join([sys.executable, '-c', STAND_IN, str(tmp_path / 'ended')])}"
    runner = aiohttp.web.AppRunner(OnePage(line, "<b>shop</b>", TOKEN, port, patience_s).application())
    await runner.setup()
    await aiohttp.web.SockSite(runner, listening).start()
    async with aiohttp.ClientSession() as asking:
        try:
            yield asking, f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()


async def until(found: Callable[[], Any]) -> Any:
    """Wait for what another process does."""
    async with asyncio.timeout(20):
        while not (now := found()):  # noqa: ASYNC110 no event of ours tells of it
            await asyncio.sleep(0.01)
        return now


async def test_the_page_says_simulated_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    async with served(tmp_path) as (asking, at), asking.get(f"{at}/{TOKEN}/") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "<title>SIMULATED &lt;b&gt;shop&lt;/b&gt;</title>" in text
        assert f'"{at.replace("http", "ws")}/{TOKEN}/ws"' in text
        assert set(re.findall(r"\w+://[^/\"]+", text)) == {at.replace("http", "ws")}
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        for path in re.findall(r'(?:src|href)="([^d"][^"]*)"', text):
            async with asking.get(urljoin(str(answer.url), path)) as part:
                assert part.status == 200, path


@pytest.mark.parametrize(
    ("path", "headers", "told"),
    [
        ("/", {}, "needs the token"),
        ("/wrong-token/", {}, "needs the token"),
        ("/wrong-token/focus.js", {}, "needs the token"),
        ("/right-tokén/", {}, "needs the token"),
        ("/nowhere/at/all", {}, "needs the token"),
        (f"/{TOKEN}/", {"Host": "evil.example"}, "this machine only"),
        (f"/{TOKEN}/", {"Host": "127.0.0.1"}, "this machine only"),
        ("/static/js/textual.js", {"Host": "evil.example"}, "this machine only"),
        (f"/{TOKEN}/", {"Origin": "http://evil.example"}, "another site's page"),
        (f"/{TOKEN}/ws", {}, "another site's page"),
    ],
)
async def test_nobody_else_comes_in(tmp_path: Path, path: str, headers: dict[str, str], told: str) -> None:
    async with served(tmp_path) as (asking, at), asking.get(f"{at}{path}", headers=headers) as answer:
        assert answer.status == 403
        assert told in await answer.text()


async def test_the_socket_wants_token_host_and_origin(tmp_path: Path) -> None:
    async with served(tmp_path) as (asking, at):
        for path, headers in (
            ("wrong-token", {"Origin": at}),
            (TOKEN, {}),
            (TOKEN, {"Origin": "null"}),
            (TOKEN, {"Origin": at.replace("127.0.0.1", "localhost")}),
            (TOKEN, {"Origin": "http://evil.example", "Host": "evil.example"}),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await asking.ws_connect(f"{at}/{path}/ws", headers=headers)
            assert refused.value.status == 403


async def test_one_session_at_a_time_which_ends_with_its_page(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    async with served(tmp_path, patience_s=0.2) as (asking, at):
        async with asking.ws_connect(f"{at}/{TOKEN}/ws?width=80&height=24", origin=at) as first:
            assert await first.receive_bytes() == b"a console of its own"
            async with asking.ws_connect(f"{at}/{TOKEN}/ws", origin=at) as second:
                assert (await second.receive_bytes()).decode() == TAKEN
                assert (await second.receive()).type is aiohttp.WSMsgType.CLOSE
                assert second.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
            assert not ended.exists()
        await until(ended.exists)
        async with asyncio.timeout(20):
            said = TAKEN.encode()
            while said == TAKEN.encode():  # what it leaves is written before its process is gone
                async with asking.ws_connect(f"{at}/{TOKEN}/ws", origin=at) as third:
                    said = await third.receive_bytes()
        assert said == b"a console of its own"


async def test_the_end_of_the_server_ends_the_session(tmp_path: Path) -> None:
    async with served(tmp_path) as (asking, at):
        page = await asking.ws_connect(f"{at}/{TOKEN}/ws", origin=at)
        assert await page.receive_bytes() == b"a console of its own"
        reading = asyncio.create_task(page.receive())  # as a browser does: it answers when it is told of the end
    assert (tmp_path / "ended").exists()
    assert (await reading).type is aiohttp.WSMsgType.CLOSE


def test_what_cannot_be_served_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        for line, told in (
            (f"web aurora_mysql --port {number}", f"port {number} of 127.0.0.1 cannot be had"),
            ("web aurora_mysql --port 70000", '"70000" is no port from 1 to 65535'),
            ("web no_such_fleet", "no_such_fleet"),
            ("web aurora_mysql --speed fast", '"fast" is no speed'),
        ):
            assert main(line.split()) == 2
            assert told in capsys.readouterr().err
    monkeypatch.setattr("opsconsole.cli.web.find_spec", lambda name: None)
    assert main(["web", "aurora_mysql"]) == 2
    assert "-m pip install 'opsconsole[web]'" in capsys.readouterr().err


def test_what_is_asked_of_the_console_is_passed_on() -> None:
    words = shlex.split(command(["a fleet.toml", "--seed", "8", "--do", "T+1s mark $x"]))
    assert words[-6:] == ["--in-page", "a fleet.toml", "--seed", "8", "--do", "T+1s mark $x"]


@contextmanager
def running(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`opsconsole web` as a person has it, in a process group of its own, and the address that it prints."""
    line = [sys.executable, "-m", "opsconsole", "web", "aurora_mysql", *options]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as server:
        assert server.stdout is not None
        try:
            address = next(found[0] for text in server.stdout if (found := re.findall(r"http://\S+", text)))
            yield server, address
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def alone(group: int) -> bool:
    """Whether nothing of a process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
async def test_the_real_one_shows_the_console_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "--read-only", "--seed", "11") as (server, address):
        origin = address.rpartition("/")[0].rpartition("/")[0]
        async with aiohttp.ClientSession() as asking:
            page = await asking.ws_connect(f"{address}ws?width=160&height=48", origin=origin)
            seen = b""
            async with asyncio.timeout(60):
                while not all(word in seen for word in (b"SIMULATED", b"read-only", b"seed", b"11", b"checkout")):
                    seen += await page.receive_bytes()
            server.send_signal(number)
            async for _ in page:
                pass
            await asyncio.to_thread(server.wait, 30)
        await until(lambda: alone(server.pid))
        if number is signal.SIGINT:
            assert server.returncode == 0
            assert [name.rpartition(".")[2] for name in os.listdir(tmp_path / "opsconsole" / "sessions")].count(
                "journal"
            ) == 1


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
async def test_a_browser_shows_it_and_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    with running(tmp_path, "--no-journal") as (server, address):
        profile = tmp_path / "browser"
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        browser = await asyncio.create_subprocess_exec(
            str(BROWSER), *options, "--remote-debugging-port=0", address, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            told = await page_of(profile / "DevToolsActivePort", address)
        finally:
            browser.terminate()
            await browser.wait()
        server.send_signal(signal.SIGINT)
        await asyncio.to_thread(server.wait, 30)
    assert told["title"].startswith("SIMULATED ")
    assert told["focus"] == "xterm-helper-textarea"
    assert told["loaded"]
    assert all(name.startswith(address.partition(address.split("/")[3])[0]) for name in told["loaded"])


async def page_of(port_file: Path, address: str) -> dict[str, Any]:
    """What the page says of itself once the console has painted in it."""
    ask = """JSON.stringify({ painted: document.body?.classList.contains("-first-byte"), title: document.title,
      focus: document.activeElement?.className,
      loaded: performance.getEntriesByType("resource").map(entry => entry.name) })"""
    port = (await until(lambda: port_file.exists() and port_file.read_text().splitlines()))[0]
    async with aiohttp.ClientSession() as asking, asyncio.timeout(60):
        while True:
            async with asking.get(f"http://127.0.0.1:{port}/json") as answer:
                pages = [one for one in await answer.json() if one["url"] == address]
            if not pages:
                await asyncio.sleep(0.1)
                continue
            async with asking.ws_connect(pages[0]["webSocketDebuggerUrl"]) as page:
                await page.send_json({"id": 1, "method": "Runtime.evaluate", "params": {"expression": ask}})
                told = json.loads((await page.receive_json())["result"]["result"]["value"])
            if told.get("painted"):
                return told
            await asyncio.sleep(0.1)
