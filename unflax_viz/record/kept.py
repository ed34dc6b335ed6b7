"""What was computed from one run, and is kept as long as the run lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Kept:
    """Things computed from one run, each once, on any thread."""

    def __init__(self) -> None:
        """Begins empty."""
        self._lock = threading.RLock()
        self._made: dict[type[Any], Any] = {}

    def once(self, kind: type[Made], make: Callable[[], Made]) -> Made:
        """Returns the one thing of a kind, which is made when first asked for."""
        with self._lock:
            if kind not in self._made:
                self._made[kind] = make()
            return self._made[kind]
