"""``python -m entrepot`` and the command ``entrepot``."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line. Imports make no garbage, and looking for it takes a quarter of a start."""
    gc.disable()
    from entrepot.cli import main as run  # noqa: PLC0415 - worker processes import this module and need no command line

    run()


if __name__ == "__main__":
    main()
