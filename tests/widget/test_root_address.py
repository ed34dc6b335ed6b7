"""Every view takes the outermost call for the root, whatever its address is."""

from __future__ import annotations

import pathlib

import unflax_viz
from tests.root_elsewhere import runs_without_root_at_slash
from unflax_viz.answers.clerk import Clerk
from unflax_viz.describe.python_code import call_code


def test_every_view_opens_at_the_outermost_call_wherever_its_address_is(
    tmp_path: pathlib.Path,
) -> None:
    for run in runs_without_root_at_slash():
        run.to_html(tmp_path / "run.html")
        opening = Clerk(run).opening()
        assert opening["call"]["address"] == run.root.address
        for view in (unflax_viz.inspect(run), unflax_viz.CallPanel(run)):
            assert view.selected == run.root.address


def test_every_call_can_be_selected_and_copied_by_its_address() -> None:
    for run in runs_without_root_at_slash():
        view = unflax_viz.inspect(run)
        for call in run.calls():
            view.selected = call.address
            assert view.selected == call.address
            assert eval(call_code(call), {"run": run}) is call
