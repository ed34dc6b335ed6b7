"""The tests of widgets may leave them open: they are closed here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ipywidgets import Widget


@pytest.fixture(autouse=True)
def widgets_closed() -> Iterator[None]:
    """Closes whatever a test has opened."""
    yield
    Widget.close_all()
