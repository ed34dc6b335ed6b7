"""The widget's traits, and the first picture in one of them."""

from typing import Literal, TypedDict

from unflax_viz.protocol.panels import CallAnswer
from unflax_viz.protocol.tree import FirstOutline, LensText
from unflax_viz.protocol.values import Fact
from unflax_viz.protocol.words import Tab

MIN_HEIGHT_PX = 160
"""How low the widget may be made, in CSS pixels."""

MAX_HEIGHT_PX = 10_000
"""How high it may be made."""


class Opening(TypedDict):
    """Python to browser, once, as the trait `opening`: the first picture.

    It needs no round trip, so a saved notebook shows it without a kernel.

    Attributes:
      title: The run's root, e.g. "ResNet.__call__".
      facts: The header line: parameters, bytes, calls, streams, states changed.
      lenses: All lenses, in the order of their buttons.
      outline: The calls that are shown at first.
      error: What the run raised, else "".
      call: What the panels list for the call selected at first.
    """

    title: str
    facts: list[Fact]
    lenses: list[LensText]
    outline: FirstOutline
    error: str
    call: CallAnswer


class SyncedTraits(TypedDict):
    """The widget's synced traits.

    `opening` and `panel` never change, and Python alone writes `kept`; the others are
    written from both sides. `kept`, which is binary, is not in this list: it holds the
    columns, and all lines, of a run that is small enough to stay alive in a saved
    notebook.

    Attributes:
      selected: Address of the selected call.
      tab: The panel in front.
      entry: `ArrayItem.key` of the chosen item of that panel; "" for the first.
      lens: What the rows of the tree are.
      query: Which of them are shown.
      expanded: Ids of the rows that are open, in the current lens.
      height_px: Greatest height of the whole inspector, in CSS pixels; with little to
        show it is lower, until somebody sets the height.
      panel: "" for the whole inspector, or the one panel that this widget shows.
      opening: The first picture.
    """

    selected: str
    tab: Tab
    entry: str
    lens: str
    query: str
    expanded: list[str]
    height_px: int
    panel: Tab | Literal[""]
    opening: Opening
