"""Runs the first notebook in a real JupyterLab and takes pictures of the inspector.

python scripts/take_screenshots.py [FOLDER]   every panel, light and dark
python scripts/take_screenshots.py --only search,state   some of them
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

from scripts.screenshots import IMPORTS, OTHER_RUNS, PICTURES, Picture  # noqa: E402
from tests.browser.chromium import running_chromium  # noqa: E402
from tests.browser.inspector_view import InspectorView  # noqa: E402
from tests.browser.jupyter_server import JupyterServer  # noqa: E402
from tests.browser.notebook_page import NotebookPage  # noqa: E402

NOTEBOOK = ROOT / "notebooks" / "01_first_look.ipynb"
README_PICTURE = ROOT / "docs" / "images" / "first_look.png"
MAX_README_BYTES = 400_000
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
README_HEIGHT_PX = 640
README_ROW = "ConvBlock_0/Conv_0 Conv"


def main() -> None:
    """Takes the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT / "build" / "screenshots"
    )
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--only", help="names of pictures, separated by commas")
    arguments = parser.parse_args()
    names = set((arguments.only or "").split(",")) - {""}
    unknown = names - {picture.name for picture in PICTURES}
    if unknown:
        known = ", ".join(picture.name for picture in PICTURES)
        parser.error(f"No picture {', '.join(sorted(unknown))}; there are {known}.")
    with opened_notebook() as notebook:
        if arguments.readme:
            write_readme_picture(notebook)
        else:
            pictures = [it for it in PICTURES if not names or it.name in names]
            write_pictures(notebook, pictures, arguments.folder)


@contextlib.contextmanager
def opened_notebook() -> Iterator[NotebookPage]:
    """Opens the first notebook in JupyterLab with nothing around it, and runs it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterServer(Path(folder)) as server,
        running_chromium() as chromium,
    ):
        # Frames are told their scheme by JupyterLab, and not by Playwright.
        context = chromium.new_context(
            viewport={"width": 1280, "height": 900},
            device_scale_factor=2,
            color_scheme="null",
        )
        nbformat.write(notebook_to_run(), server.notebooks / NOTEBOOK.name)
        notebook = NotebookPage(context, NOTEBOOK.name)
        notebook.open_in_lab(server.url)
        notebook.command("application:toggle-left-area")
        notebook.run_all()
        if errors := notebook.cell_errors():
            sys.exit(f"The notebook does not run: {errors}")
        yield notebook
        notebook.close()


def notebook_to_run() -> nbformat.NotebookNode:
    """Returns the notebook with a cell before all others and an empty one behind."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(IMPORTS))
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    return notebook


def write_pictures(
    notebook: NotebookPage, pictures: list[Picture], folder: Path
) -> None:
    """Writes pictures in every theme."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in OTHER_RUNS:
        notebook.execute(source)
    n_failed = 0
    for theme, theme_name in THEMES.items():
        notebook.change_theme(theme_name)
        for picture in pictures:
            file = folder / f"{picture.name}_{theme}.png"
            try:
                file.write_bytes(take_picture(notebook, picture))
                print(f"{file} ({file.stat().st_size / 1000:.0f} kB)")
            except Exception as error:
                n_failed += 1
                print(f"{file}: {error}", file=sys.stderr)
    if n_failed:
        sys.exit(f"{n_failed} pictures could not be taken.")


def take_picture(notebook: NotebookPage, picture: Picture) -> bytes:
    """Shows what a picture is of in the last cell, and returns the picture of it."""
    last = len(notebook_to_run().cells) - 1
    cell = notebook.cell(last)
    with picture.around(notebook):
        notebook.run_source(last, picture.widget)
        view = InspectorView(cell)
        picture.prepare(view, cell)
        text = cell.locator(".jp-OutputArea").get_by_text(picture.waits_for)
        text.filter(visible=True).first.wait_for()
        return picture_of(cell.locator(".jp-OutputArea-output"))


def write_readme_picture(notebook: NotebookPage) -> None:
    """Writes the picture at the top of the README, in as few bytes as look the same."""
    notebook.change_theme(THEMES["light"])
    picture = Image.open(io.BytesIO(take_readme_picture(notebook))).convert("RGB")
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


def take_readme_picture(notebook: NotebookPage) -> bytes:
    """Returns a picture of the cell that begins with `%%unflax` and what it shows."""
    cells = notebook_to_run().cells
    cell = notebook.cell(
        next(i for i, it in enumerate(cells) if it.source.startswith("%%unflax"))
    )
    raise_inspector(cell)
    view = InspectorView(cell)
    for block in ("ConvBlock_0 ConvBlock", "ConvBlock_1 ConvBlock"):
        view.open_with_mouse(block)
    view.select(README_ROW)
    view.entries.heatmaps.first.wait_for()
    # The pointer, the focus and the active cell are no part of the picture.
    notebook.activate_cell(0)
    notebook.page.mouse.move(0, 0)
    return picture_of(cell)


def raise_inspector(cell: Locator) -> None:
    """Moves the lower edge of the inspector down, so that no picture is cut off."""
    edge = cell.get_by_role("separator", name="Height of the inspector")
    while int(edge.get_attribute("aria-valuenow") or README_HEIGHT_PX) < (
        README_HEIGHT_PX
    ):
        edge.press("ArrowDown")


def picture_of(place: Locator) -> bytes:
    """Returns a PNG of a part of the page, in a window high enough for it."""
    box = _box_of(place)
    page = place.page
    size = page.viewport_size or {"width": 1280, "height": 900}
    page.set_viewport_size({**size, "height": int(box["height"]) + 400})
    place.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    box = _box_of(place)
    return page.screenshot(
        clip={
            "x": box["x"],
            "y": box["y"],
            "width": box["width"],
            "height": box["height"],
        }
    )


def _box_of(place: Locator) -> FloatRect:
    box = place.bounding_box()
    if box is None:
        sys.exit("What is to be pictured is not in the page.")
    return box


if __name__ == "__main__":
    main()
