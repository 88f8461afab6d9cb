"""Show the console in a browser on this machine.

It prints an address with a random token: who opens that, on this machine only, has the console in the page. One page at
a time; its session ends with it, and is recorded as any other. Ctrl-C ends all. Needs `opsconsole[web]`.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import socket
import subprocess
import sys
from importlib.util import find_spec
from typing import Final

from opsconsole.cli import console
from opsconsole.cli.terminal import EXIT_DONE, UsageError, say

HOST: Final = "127.0.0.1"
EXTRA: Final = "opsconsole[web]"
BROWSERS_TERMINAL: Final = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def configure(parser: argparse.ArgumentParser) -> None:
    """The console's options, and the port."""
    console.configure(parser)
    parser.add_argument("--port", type=port, default=0, metavar="N", help="listen on this port (default: any free one)")
    parser.add_argument("--in-page", action="store_true", help=argparse.SUPPRESS)  # the process behind a page


def port(text: str) -> int:
    """A port as an option says it. Raises argparse's error."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise argparse.ArgumentTypeError(f'"{text}" is no port from 1 to 65535')
    return int(text)


def execute(args: argparse.Namespace) -> int:
    """Serve the page, or be the console behind one."""
    if args.in_page:
        os.environ.update(BROWSERS_TERMINAL)
        return console.show(args)
    if find_spec("textual_serve") is None:
        install = shlex.join([sys.executable, "-m", "pip", "install", EXTRA])
        raise UsageError(f"to show the console in a browser it needs the extra {EXTRA}:\n  {install}")
    from opsconsole.console.web.server import serve

    loaded, _ = console.read(args)
    serve(listen(args.port), command(args.line), loaded.fleet.name, secrets.token_urlsafe(), tell)
    return EXIT_DONE


def listen(number: int) -> socket.socket:
    """A socket of this machine only. Raises ``UsageError`` for a port that cannot be had."""
    try:
        return socket.create_server((HOST, number))
    except OSError as error:
        raise UsageError(f"port {number} of {HOST} cannot be had: {error.strerror}; leave --port out") from None


def command(line: list[str]) -> str:
    """The shell's line for the console behind a page, with the options that were given."""
    words = [sys.executable, "-m", "opsconsole", "web", "--in-page", *line]
    return subprocess.list2cmdline(words) if os.name == "nt" else f"exec {shlex.join(words)}"


def tell(address: str) -> None:
    """Say where the page is."""
    say(f"SIMULATED console, for a browser on this machine:\n  {address}")
    say("Whoever has the address may operate. Ctrl-C ends it.")
    sys.stdout.flush()
