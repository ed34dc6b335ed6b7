"""A module of which some names are replaced."""

from __future__ import annotations

from typing import Any


class Namespace:
    """Has the attributes of a module, but for those that are replaced."""

    def __init__(self, module: Any, **replaced: Any):
        self._module = module
        vars(self).update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)
