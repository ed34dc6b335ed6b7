"""Which browser is driven, and with which switches?"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_SWITCHES = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class NoChromiumError(RuntimeError):
    """No Chromium is installed, or the one that was named is not there."""


def find_chromium() -> str:
    """Returns the path of the Chromium or Chrome to drive.

    Raises:
      NoChromiumError: If there is none.
    """
    chosen = os.environ.get("UNFLAX_VIZ_CHROMIUM") or os.environ.get("CHROMIUM")
    for name in [chosen] if chosen else _NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise NoChromiumError(
        f"No {chosen or 'Chromium'} was found, and the browser tests drive one. "
        "Install it (on Debian: apt-get install chromium), name it with "
        'UNFLAX_VIZ_CHROMIUM=/path/to/it, or leave them out: pytest -m "not browser".'
    )


@contextlib.contextmanager
def running_chromium() -> Iterator[Browser]:
    """Starts Chromium without a window, and ends it with the block."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    switches = [*_SWITCHES, *(["--no-sandbox"] if is_root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=switches
        )
        try:
            yield browser
        finally:
            browser.close()
