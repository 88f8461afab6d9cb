"""A running session in further terminals, on the same machine and for the same user.

A run is deterministic, so what is sent is not pictures but the journal: the header, every command, and how far the
session has come. Who attaches runs a session of his own with it, always a moment behind, and looks at that.

- ``messages``: what is said; ``wire``: lines over a stream, checked; ``meeting``: where a running session is found.
- ``leader``: lets others follow a session, its ``guests``; ``follower``: an engine that follows one; ``attaching``:
  how one comes to be.
"""
