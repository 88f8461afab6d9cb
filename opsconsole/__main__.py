"""``python -m opsconsole`` is the same as ``opsconsole``."""

from opsconsole.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
