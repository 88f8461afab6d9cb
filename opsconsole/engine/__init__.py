"""The engine: paces the simulation, takes commands, keeps the journal, replays."""
