"""Drills: a TOML file, a run in virtual time, and one answer: did the apps get through it?"""
