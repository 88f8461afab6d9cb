"""A drill while it runs, and its debrief: what must hold, what has happened, and in a lesson hints and questions."""
