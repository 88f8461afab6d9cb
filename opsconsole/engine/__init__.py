"""The engine: paces the simulation, takes commands, keeps the journal, replays.

- ``session``: a cloud and its inbox, synchronous; ``replay``: opening, replaying and resuming sessions.
- ``engine``: a session in wall time, for the console; ``pacing``, ``clock`` and ``reader`` belong to it.
- ``beside``: what takes long, in a thread beside the event loop; ``way``: how far a re-run has come.
- ``journal``: the file; ``recording``: what is written to it when, and compared when it runs again; ``eventfile``: the
  event log as a file.

Import from the modules: a headless run needs no event loop, and does not load one.
"""
