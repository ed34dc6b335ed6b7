"""Random nests of Flax modules and transforms, each checked against what Flax did.

`specs` draws a nest as plain data, `nests` builds the module, `told` lets every draw
tell its key through the model's own output, and `checks` compares a recording with
plain runs of Flax. `python -m tests.fuzz` runs for as long as it is told.
"""
