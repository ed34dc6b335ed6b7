"""What a record asks of rooms above it."""

from __future__ import annotations

import threading

import flax.linen as nn
import jax.numpy as jnp
import pytest

import unflax_viz
from unflax_viz.record.ports import Port


def test_empty_port_says_what_fills_it() -> None:
    port: Port[object] = Port("show a run")
    with pytest.raises(RuntimeError) as caught:
        port.service  # noqa: B018
    assert str(caught.value) == (
        "Nothing was registered to show a run; `import unflax_viz` does it."
    )
    service = object()
    port.register(service)
    assert port.service is service


def test_what_is_kept_of_a_run_is_made_once_by_many_threads() -> None:
    run = unflax_viz.capture(nn.Dropout(0.5, deterministic=True), {}, jnp.ones(2))
    start, made = threading.Barrier(8), list[list[str]]()

    def ask() -> None:
        start.wait()
        made.append(run.kept.once(list, lambda: ["made"]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len({id(each) for each in made}) == 1
