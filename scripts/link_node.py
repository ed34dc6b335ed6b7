"""Puts Node into the virtual environment that runs this, where PATH has none.

Makes the checkout buildable on a machine that has Python and make and no Node.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from hatch_build import NODE_PACKAGE, node_from_package, node_on_path  # noqa: E402


def main(constraints: str) -> None:
    """Leaves a working `node` and `npm` on PATH or in the environment's bin.

    Args:
      constraints: Path of the file that pins the version of Node's package.
    """
    if node_on_path() is not None:
        return
    print(f"No Node on PATH is new enough; installing {NODE_PACKAGE}")
    install = ["install", "--quiet", "--constraint", constraints, NODE_PACKAGE]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    found = node_from_package()
    if found is None:
        sys.exit(f"{NODE_PACKAGE} was installed and cannot be imported.")
    node, npm = found
    binaries = Path(sys.executable).parent
    write_starter(binaries / "node", [str(node)])
    write_starter(binaries / "npm", npm)


def write_starter(path: Path, command: list[str]) -> None:
    """Writes a shell script at `path` that runs `command` with its own arguments."""
    words = " ".join(f"'{word}'" for word in command)
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    path.chmod(0o755)


if __name__ == "__main__":
    main(sys.argv[1])
