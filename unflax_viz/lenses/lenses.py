"""The list of lenses, in the order of their buttons."""

from __future__ import annotations

from unflax_viz.lenses import calls, classes, draws, modules, parameters, state
from unflax_viz.lenses.lens import Lens

LENSES: dict[str, Lens] = {
    each.LENS.name: each.LENS
    for each in (calls, modules, classes, parameters, state, draws)
}
