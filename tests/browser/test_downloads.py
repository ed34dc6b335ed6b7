"""Are the pictures that a button saves real files?"""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.browser.inspector_view import InspectorView
from tests.browser.notebook_page import NotebookPage

pytestmark = pytest.mark.browser

READ_PICTURE = """
async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const { width, height } = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(await createImageBitmap(new Blob([bytes])), 0, 0);
  const { data } = canvas.getImageData(0, 0, width, height);
  return [width, height, new Set(new Uint32Array(data.buffer)).size];
}
"""
"""Width, height and number of colours of a picture, as the browser reads it."""

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def kernel(inspector: InspectorView) -> InspectorView:
    inspector.select("head Dense")
    inspector.entries.choose("Parameters", "kernel")
    expect(inspector.entries.heatmaps).to_be_visible()
    return inspector


def save(notebook: NotebookPage, view: InspectorView, button: str) -> tuple[str, bytes]:
    """Presses a button that saves; returns the name and the bytes of the file."""
    with notebook.page.expect_download() as started:
        view.entries.button(button).click()
    return started.value.suggested_filename, started.value.path().read_bytes()


def test_heatmap_is_saved_as_png(notebook: NotebookPage, kernel: InspectorView) -> None:
    name, content = save(notebook, kernel, "Save PNG")
    assert name == "head-kernel.png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width_px, height_px, n_colors = notebook.page.evaluate(
        READ_PICTURE, base64.b64encode(content).decode()
    )
    assert min(width_px, height_px) > 100
    assert n_colors > 20


def test_histogram_is_saved_as_svg(
    notebook: NotebookPage, kernel: InspectorView
) -> None:
    name, content = save(notebook, kernel, "Save SVG")
    assert name == "head-kernel.svg"
    root = ElementTree.fromstring(content)
    assert root.tag == f"{SVG}svg"
    n_bins = kernel.entries.histograms.locator("rect").count()
    assert n_bins > 5
    # Besides the bars the ground and the axis are drawn.
    assert len(root.findall(f".//{SVG}rect")) == n_bins + 2
    assert "kernel" in [text.text for text in root.findall(f".//{SVG}text")]
