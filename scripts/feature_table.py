"""Writes docs/features.md: which features of Flax Linen are shown, and how.

The table is made from `tests.models`, the collection that the tests hold every claim
to: `tests/test_features.py` fails where the file is not what the collection says.

    python scripts/feature_table.py
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import unflax_viz  # noqa: E402
from tests.models import MODELS, Model  # noqa: E402
from unflax_viz.record.index import RunIndex  # noqa: E402

FILE = ROOT / "docs" / "features.md"

_HEAD = """# What is shown of each feature of Flax Linen

Made by `scripts/feature_table.py` from the {n_models} models in `tests/models/`. For
every one of them the tests assert that its run is captured whole: the calls are those
that an independent interceptor sees, the parameters those that Flax read, the keys
those that Flax handed out at run time, output and state those of `apply`, and a replay
gives the same bits.

*calls* counts calls, the root included; *transforms* are those around them, with how
often they ran their body; *state* counts variables of mutable collections, *draws* the
draws, each of which may be one key for every step and lane.
"""
_COLUMNS = "| model | calls | transforms | parameters | state | draws |"


def table(run_of: Callable[[str], unflax_viz.FlaxRun]) -> str:
    """Returns the whole file.

    Args:
      run_of: Gives the captured run of the model of that name.
    """
    models = [model for model in MODELS.values() if not model.is_slow]
    lines = [_HEAD.format(n_models=len(MODELS))]
    for theme in dict.fromkeys(model.theme for model in models):
        lines += [f"## {theme.capitalize()}", "", _COLUMNS, "|---|---|---|---|---|---|"]
        lines += [
            _row(model, run_of(model.name)) for model in models if model.theme == theme
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def capture_model(name: str) -> unflax_viz.FlaxRun:
    """Returns a new run of the model of that name."""
    with MODELS[name].room():
        ready = MODELS[name].ready()
        return unflax_viz.capture(
            ready.module, ready.variables, *ready.args, **ready.kwargs
        )


def _row(model: Model, run: unflax_viz.FlaxRun) -> str:
    total = RunIndex(run).total_of(run.root)
    states = {
        (state, name)
        for call in run.calls()
        if call.scope_data is not None
        for state, names in call.scope_data.variables.items()
        for name in names
    }
    cells = [
        f"**{model.name}** {model.why}",
        str(total.n_calls),
        ", ".join(_transforms_of(run)),
        str(total.n_parameters or ""),
        str(len(states) or ""),
        str(total.n_draws or ""),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _transforms_of(run: unflax_viz.FlaxRun) -> Iterator[str]:
    """Yields each nesting of transforms once, in the order it first occurs."""
    nestings = dict.fromkeys(call.transforms for call in run.calls())
    for nesting in nestings:
        if nesting:
            yield " > ".join(map(str, nesting))


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(table(capture_model), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(MODELS)} models")
