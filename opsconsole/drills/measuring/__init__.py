"""Measuring: what apps saw, as numbers. Every verdict rests on it; nothing here asks what a service believes."""
