"""The protocols of Penzai's first API that our records satisfy.

This is the only module that imports `penzai.deprecated`. Checked with penzai
0.2.5; the protocols are structural, so our Structs need not subclass them.
"""

from penzai.deprecated.v1.data_effects.local_state import LocalStateEffect
from penzai.deprecated.v1.data_effects.random import RandomEffect
from penzai.deprecated.v1.nn.parameters import ParameterLike

__all__ = ["LocalStateEffect", "ParameterLike", "RandomEffect"]
