"""The awkward models: every feature of Flax Linen, with a sentence each.

`MODELS` holds all of them by name; `Model.ready()` makes one ready to apply.
"""

from __future__ import annotations

from tests.models import loops as loops
from tests.models import plain as plain
from tests.models import structure as structure
from tests.models.table import MODELS, Model, Ready

__all__ = ["MODELS", "Model", "Ready"]
