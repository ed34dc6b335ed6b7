"""Runs the first notebook in a real JupyterLab and takes pictures of the inspector.

python scripts/take_screenshots.py [FOLDER]   every tab, light and dark
python scripts/take_screenshots.py --readme   docs/images/first_look.png
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import FloatRect, Locator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import running_chromium  # noqa: E402
from tests.browser.inspector_view import InspectorView  # noqa: E402
from tests.browser.jupyter_server import JupyterServer  # noqa: E402
from tests.browser.notebook_page import NotebookPage  # noqa: E402

NOTEBOOK = ROOT / "notebooks" / "01_first_look.ipynb"
README_PICTURE = ROOT / "docs" / "images" / "first_look.png"
MAX_README_BYTES = 400_000
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
HEIGHT_PX = 504

# Per picture: the call, the tab, and the entry that is looked at.
PICTURES = {
    "root": ("/ DigitClassifier", "Parameters", ""),
    "parameters": ("ConvBlock_0/Conv_0 Conv", "Parameters", "kernel"),
    "bias": ("Dense_1 Dense", "Parameters", "bias"),
    "state": ("ConvBlock_1/BatchNorm_0 BatchNorm", "State", "mean"),
    "no state": ("Dense_0 Dense", "State", ""),
    "rngs": ("Dropout_0 Dropout", "RNGs", ""),
}
IN_README = "parameters"


def main() -> None:
    """Takes the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT / "build" / "screenshots"
    )
    parser.add_argument("--readme", action="store_true")
    arguments = parser.parse_args()
    with opened_notebook() as notebook:
        if arguments.readme:
            write_readme_picture(notebook)
        else:
            write_pictures(notebook, arguments.folder)


@contextlib.contextmanager
def opened_notebook() -> Iterator[NotebookPage]:
    """Opens the first notebook in JupyterLab with nothing around it, and runs it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterServer(Path(folder)) as server,
        running_chromium() as chromium,
    ):
        context = chromium.new_context(
            viewport={"width": 1280, "height": 900}, device_scale_factor=2
        )
        notebook = NotebookPage(context, server.add(NOTEBOOK))
        notebook.open_in_lab(server.url)
        notebook.command("application:toggle-left-area")
        notebook.run_all()
        raise_inspector(notebook)
        yield notebook
        notebook.close()


def write_pictures(notebook: NotebookPage, folder: Path) -> None:
    """Writes every picture in every theme."""
    folder.mkdir(parents=True, exist_ok=True)
    for theme, theme_name in THEMES.items():
        notebook.change_theme(theme_name)
        for name in PICTURES:
            picture = take_picture(notebook, name)
            file = folder / f"{name.replace(' ', '_')}_{theme}.png"
            file.write_bytes(picture)
            print(f"{file} ({len(picture) / 1000:.0f} kB)")


def write_readme_picture(notebook: NotebookPage) -> None:
    """Writes the picture at the top of the README, in as few bytes as look the same."""
    notebook.change_theme(THEMES["light"])
    picture = Image.open(io.BytesIO(take_picture(notebook, IN_README))).convert("RGB")
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    picture.save(README_PICTURE, optimize=True)
    if README_PICTURE.stat().st_size > MAX_README_BYTES:
        picture.quantize(256, dither=Image.Dither.NONE).save(
            README_PICTURE, optimize=True
        )
    size_bytes = README_PICTURE.stat().st_size
    print(f"{README_PICTURE} ({size_bytes / 1000:.0f} kB)")
    if size_bytes > MAX_README_BYTES:
        sys.exit(f"The picture must stay below {MAX_README_BYTES:,} bytes.")


def take_picture(notebook: NotebookPage, name: str) -> bytes:
    """Brings what a picture is of to the front, and returns the picture of its cell."""
    row, tab, entry = PICTURES[name]
    cell = notebook.cell(find_recorded_cell())
    view = InspectorView(cell)
    for block in ("ConvBlock_0 ConvBlock", "ConvBlock_1 ConvBlock"):
        if view.row(block).get_attribute("aria-expanded") == "false":
            view.open_with_mouse(block)
    view.select(row)
    view.choose_tab(tab)
    if entry:
        view.choose_entry(tab, entry)
        view.panel.get_by_role("img").first.wait_for()
    # The pointer, the focus and the active cell are no part of the picture.
    notebook.activate_cell(0)
    notebook.page.mouse.move(0, 0)
    return picture_of(cell)


def find_recorded_cell() -> int:
    """Returns the index of the notebook's cell that begins with `%%unflax`."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    return next(i for i, it in enumerate(cells) if it.source.startswith("%%unflax"))


def raise_inspector(notebook: NotebookPage) -> None:
    """Moves the lower edge of the inspector down, so that no picture is cut off."""
    cell = notebook.cell(find_recorded_cell())
    edge = cell.get_by_role("separator", name="Height of the inspector")
    while int(edge.get_attribute("aria-valuenow") or HEIGHT_PX) < HEIGHT_PX:
        edge.press("ArrowDown")


def picture_of(cell: Locator) -> bytes:
    """Returns a PNG of a cell and what it shows, in a window high enough for it."""
    box = _box_of(cell)
    page = cell.page
    size = page.viewport_size or {"width": 1280, "height": 900}
    page.set_viewport_size({**size, "height": int(box["height"]) + 400})
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    box = _box_of(cell)
    return page.screenshot(
        clip={
            "x": box["x"],
            "y": box["y"],
            "width": box["width"],
            "height": box["height"],
        }
    )


def _box_of(cell: Locator) -> FloatRect:
    box = cell.bounding_box()
    if box is None:
        sys.exit("The cell that begins with %%unflax is not in the page.")
    return box


if __name__ == "__main__":
    main()
