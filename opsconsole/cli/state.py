"""Where sessions are kept on this machine: a folder of journals in the user's state folder."""

from __future__ import annotations

import errno
import os
import re
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

from opsconsole.cli.terminal import UsageError

NAME = "a journal, or the name of a session that `opsconsole sessions` lists"


def sessions_folder() -> Path:
    """The folder, which need not exist yet."""
    from platformdirs import user_state_path

    return user_state_path("opsconsole", appauthor=False) / "sessions"


def meeting_folder() -> Path:
    """The folder in which running sessions are found by those who want to attach; it need not exist yet."""
    from platformdirs import user_runtime_path

    with warnings.catch_warnings():  # it says so where the system has no such folder, and finds another
        warnings.simplefilter("ignore")
        return user_runtime_path("opsconsole", appauthor=False)


def default_journal(name: str) -> Path:
    """A new session's journal there, named after its fleet or drill; sessions written longest ago make room for it.

    Raises ``UsageError`` where there can be none.
    """
    from opsconsole.engine.journal import sync_folder
    from opsconsole.engine.shelf import SUFFIX, make_room

    folder = sessions_folder()
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise UsageError(
            f"no journal can be kept in {folder}: {error.strerror}; choose a place with --journal FILE, or --no-journal"
        ) from None
    for path in new:  # a loss of power must not take the folder of a journal that is on the disk
        sync_folder(path.parent)
    make_room(folder, time.time())
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:80]
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return folder / f"{plain}-{stamp}-{os.getpid()}{SUFFIX}"


def find_journal(text: str) -> Path:
    """The journal that is meant: a file, else a session of the folder by its name.

    What looks like a file's name stays as it is. Raises ``UsageError`` for a name that no session has.
    """
    from opsconsole.engine.shelf import SUFFIX

    path = Path(text)
    if not path.exists() and path.name == text:
        kept = sessions_folder() / f"{text.removesuffix(SUFFIX)}{SUFFIX}"
        if kept.exists():
            return kept
        if not path.suffix:
            raise UsageError(
                f"there is no session {text}, and no file of this name; `opsconsole sessions` lists the sessions"
            )
    return path
