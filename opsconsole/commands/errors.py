"""What can be wrong with a line before anybody asks AWS."""


class BadCommand(ValueError):
    """A line that is no command: an unknown name, target or field. The text says what would be right."""


class UnknownTarget(BadCommand):
    """A target that the fleet does not have; the text names the nearest one."""
