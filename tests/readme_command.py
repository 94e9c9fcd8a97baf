"""Prints one of the README's set-up commands, so that what is documented is what is run.

python3 tests/readme_command.py demo|tests
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def readme_command(name: str) -> str:
    """The shell command marked `<!-- command: name -->` in the README."""
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- command: {re.escape(name)} -->\n```sh\n(.*?)\n```", text, re.DOTALL)
    if found is None:
        sys.exit(f"the README has no command '{name}'")
    return found[1]


if __name__ == "__main__":
    print(readme_command(sys.argv[1]))
