"""The command line's front door: finds the verb, runs it, and turns every ending into an exit code and a sentence.

A verb is a module with ``configure(parser)`` and ``execute(args)``; only the one that was asked for is imported, and it
imports what it needs when it runs. So ``--help`` is instant, and what shows no screen imports no Textual.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import opsconsole
from opsconsole.cli import terminal
from opsconsole.cli.terminal import EXIT_DONE, EXIT_INTERNAL, EXIT_STOPPED, EXIT_USAGE, Parser, UsageError

VERBS = {
    "web": ("web", "the console in a browser on this machine; needs opsconsole[web]"),
    "run": ("runs", "run a fleet headless, as fast as it goes"),
    "drill": ("drill", "run chaos drills headless: a verdict on measured RTO and RPO, reports, exit codes"),
    "show": ("show", "see a fact of the course happen: its scene in the console, or headless"),
    "check": ("check", "validate fleets, drills and journals: every problem, with its line and a suggestion"),
    "replay": ("replay", "run a journal again and prove that it is the same"),
    "resume": ("replay", "go on with a session that ended or was killed"),
    "attach": ("attach", "see a running session in a second terminal: watch it, or act in it as its instructor"),
    "sessions": ("sessions", "the recorded sessions: when, what, how they ended, and how to go on with them"),
    "describe": ("describe", "what AWS's describe-* calls would answer, at any instant"),
    "costs": ("costs", "what a fleet costs in an hour and in a month, line by line, at any instant"),
    "recovery": ("recovery", "which ways back a database has, what each loses and how long it takes, at any instant"),
    "compare": ("compare", "two results of drills side by side: what each app felt, and which is better"),
    "dig": ("dig", "resolve a name as an app would, at any instant"),
    "trace": ("trace", "follow one request of an app hop by hop, at any instant; it changes nothing"),
    "catalog": ("catalog", "commands, metrics, events, timings, limits, facts: values, sources, confidence"),
    "schema": ("schema", "the JSON Schema of a fleet, a drill, keys.toml or console.toml, for editors"),
    "fleets": ("fleets", "the fleets and drills that come with opsconsole"),
    "doctor": ("doctor", "versions, what the terminal can show, paths, and a self-test of a few seconds"),
}
"""Each verb's module and summary, in the order in which help lists them."""

CONSOLE = "console"

OBJECTS_PER_COLLECTION = 100_000
"""A cloud is built of objects that stay: Python's 700 has them walked again and again, two fifths of loading a fleet
of 10,000 nodes and a tenth of starting (`tests/benchmarks/load.py`)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (see ``terminal``). Never raises, never prints a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    atexit.register(gc.freeze)  # Python collects when it ends: walking all that stays is a twentieth of a short run
    terminal.mind_closed_streams()
    try:
        return _run(arguments)
    except SystemExit as leaving:  # argparse's --help
        return leaving.code if isinstance(leaving.code, int) else EXIT_DONE
    except BrokenPipeError:
        terminal.let_go_of_stdout()
        return EXIT_DONE
    except KeyboardInterrupt:
        terminal.complain("stopped")
        return EXIT_STOPPED
    except Exception as error:
        return _explain(error)
    finally:
        terminal.flush()


def _run(arguments: list[str]) -> int:
    first = arguments[0] if arguments else "--help"
    if first in ("-h", "--help", "help"):
        terminal.say(_help())
        return EXIT_DONE
    if first in ("-V", "--version"):
        terminal.say(f"opsconsole {opsconsole.__version__}")
        return EXIT_DONE
    verb = first if first in VERBS else CONSOLE
    if verb == CONSOLE:
        _mind_a_mistyped_verb(first)
    module = import_module(f"opsconsole.cli.{VERBS[verb][0] if verb in VERBS else CONSOLE}")
    parser = Parser(prog="opsconsole" if verb == CONSOLE else f"opsconsole {verb}", description=module.__doc__)
    line = arguments[1:] if verb in VERBS else arguments
    parser.set_defaults(verb=verb, line=line)
    module.configure(parser)
    code = module.execute(parser.parse_args(line))
    assert isinstance(code, int)
    return code


def _mind_a_mistyped_verb(first: str) -> None:
    """Raise UsageError where the first word is neither a verb nor a fleet, and looks like a verb."""
    from difflib import get_close_matches  # costs milliseconds, as the fleets do, that `--help` should not pay

    from opsconsole.fleet.shipped import shipped_fleets

    near = get_close_matches(first, VERBS, n=1, cutoff=0.8)
    if near and first not in shipped_fleets() and not Path(first).exists():
        raise UsageError(f"{first}: there is no such verb or fleet; did you mean {near[0]}?")


def _explain(error: Exception) -> int:
    if isinstance(error, UsageError) or _is_bad_input(error):
        terminal.complain(str(error))
        return EXIT_USAGE
    if isinstance(error, OSError):
        terminal.complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return EXIT_USAGE
    terminal.complain(
        f"internal error: {type(error).__name__}: {error}\n"
        "This is a defect of opsconsole, not of your files. What is needed to find it was written to\n"
        f"  {terminal.write_traceback(error)}"
    )
    return EXIT_INTERNAL


def _is_bad_input(error: Exception) -> bool:
    """Whether the error tells of a file or a command line; the rooms that raise it are loaded then, or it is not."""
    known = (
        ("opsconsole.fleet", "FileProblems"),
        ("opsconsole.fleet", "BadQuantity"),
        ("opsconsole.commands", "BadCommand"),
        ("opsconsole.commands.targets", "UnknownTarget"),
        ("opsconsole.engine.journal", "JournalError"),
    )
    loaded = (getattr(sys.modules.get(room), name, None) for room, name in known)
    return any(isinstance(kind, type) and isinstance(error, kind) for kind in loaded)


def _help() -> str:
    width = max(len(verb) for verb in VERBS)
    verbs = "\n".join(f"  {verb:{width}}  {summary}" for verb, (_, summary) in VERBS.items())
    return f"""\
usage: opsconsole FLEET            open the console on a fleet (a file, or the name of a shipped one)
       opsconsole VERB …           do one of the following

A flight simulator for AWS database operations. Everything it shows is SIMULATED.

{verbs}

`opsconsole VERB --help` tells more; `opsconsole FLEET --help` lists the console's options. A verb wins over a fleet of
the same name: write ./run for the file. Start with `opsconsole global_aurora`.
Exit codes: 0 done, 1 drill failed, 2 bad file or usage, 3 drill proved nothing, 4 stopped, 5 internal error."""
