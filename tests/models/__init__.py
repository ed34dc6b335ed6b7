"""The awkward models: every feature of Flax Linen, with a sentence each.

`MODELS` holds all of them by name; `Model.ready()` makes one ready to apply.
"""

from __future__ import annotations

from tests.models import boxes as boxes
from tests.models import foreign as foreign
from tests.models import loops as loops
from tests.models import numerics as numerics
from tests.models import plain as plain
from tests.models import recurrent as recurrent
from tests.models import rngs as rngs
from tests.models import state as state
from tests.models import structure as structure
from tests.models import transforms as transforms
from tests.models.table import MODELS, Model, Ready

__all__ = ["MODELS", "Model", "Ready"]
