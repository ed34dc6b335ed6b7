"""The words that more than one message is written in."""

from typing import Literal, TypeAlias

Tab: TypeAlias = Literal["parameters", "state", "rngs", "call"]
"""The panels of the details, in the order of the tabs."""

Lens: TypeAlias = Literal["calls", "modules", "parameters", "state", "draws"]
"""What the rows of the tree are: the calls in the order made, the modules by path,
the parameters by size, the states that changed, or the draws by stream."""

Group: TypeAlias = Literal["parameters", "state", "constants", "unused"]
"""Which list of a `CallAnswer` an entry is in."""

Moment: TypeAlias = Literal["before", "after", "difference"]
"""On which side of the run a value is meant, or after minus before; a parameter has
only "before"."""
