"""What every view of a run in the browser has: its traits, and somebody who answers."""

from __future__ import annotations

import functools
import typing
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import anywidget
import traitlets

from unflax_viz.answers.asked import Buffers
from unflax_viz.answers.clerk import Clerk
from unflax_viz.answers.columns import pack_tree
from unflax_viz.answers.envelope import failure_of
from unflax_viz.describe.header import title_of
from unflax_viz.errors import (
    ClosedViewError,
    WrongArgumentError,
    WrongValueError,
)
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.protocol import (
    MAX_HEIGHT_PX,
    MIN_HEIGHT_PX,
    SyncedTraits,
    Tab,
)
from unflax_viz.query.parsing import parse_query
from unflax_viz.record.given import describe_given, describe_nnx_model
from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.bundle import read_bundle
from unflax_viz.widget.desk import Desk, Send
from unflax_viz.widget.looks import LOOKED_AT, LOOKS, Look, still_there
from unflax_viz.widget.places import find_place
from unflax_viz.widget.reply_route import let_browser_choose_route
from unflax_viz.widget.shown import SHOWN
from unflax_viz.widget.wire_text import from_wire, to_wire

_TABS = typing.get_args(Tab)
_OWN = tuple(SyncedTraits.__annotations__)
_FIXED = ("panel", "opening", "kept")
_MAX_KEPT_CALLS = 2_000
"""How many calls a run may have whose tree stays alive in a saved notebook."""


class RunWidget(anywidget.AnyWidget):
    """A view of one run, which is read when the browser asks, and never changed.

    All traits may be set, observed and linked, here and in the browser. What the
    browser sends and does not fit is refused: the trait stays as it was, and the
    browser gets a sentence, and the old value back (but for a query, which somebody
    may still be typing).

    Attributes:
      run: The run, until the view is closed: then it lets go of it and of its arrays.
      selected: Address of the selected call, as `run.at` takes it; at first that of
        the outermost call, or of the call that raised. An address that is not in the
        run is refused.
      tab: The panel that is wanted: `"overview"`, `"parameters"`, `"state"`, `"rngs"`
        or `"call"`. A call that has nothing for it is shown with the first panel that
        has something; the overview is for the root, and for calls with others below
        them that hold nothing themselves.
      entry: Key of the chosen entry of that panel, e.g. `"parameters/params/kernel"`;
        `""` for the first.
      lens: What the rows of the tree are: `"calls"`, `"modules"`, `"classes"`,
        `"parameters"`, `"state"` or `"draws"`.
      query: Which of them are shown, as `run.find` takes it; `""` for all. One that
        cannot be read is refused.
      expanded: Ids of the rows that are open, in the current lens; in the lens
        `"calls"` an id is an address.
      height_px: Greatest height of the whole, in CSS pixels, from 160 to 10,000; with
        little to show it is lower. Once set, here or with the mouse, it is the height.
      panel: The one panel that this widget shows; `""` where it shows everything.
      opening: What the browser draws before it asks.
      kept: The whole tree of a small run, packed, so that it stays alive in a saved
        notebook; empty until it is made, and for larger runs.
    """

    # Given the path, anywidget would tell every widget ever made of changes in the
    # file, and so keep them, and the arrays of their runs, after they are closed.
    _esm = traitlets.Unicode().tag(sync=True)

    selected = traitlets.Unicode("").tag(sync=True)
    tab = traitlets.Enum(_TABS, "overview").tag(sync=True)
    entry = traitlets.Unicode("").tag(sync=True)
    lens = traitlets.Enum(tuple(LENSES), "calls").tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    expanded = traitlets.List(traitlets.Unicode()).tag(sync=True)
    height_px = traitlets.Int(480, min=MIN_HEIGHT_PX, max=MAX_HEIGHT_PX).tag(sync=True)
    panel = traitlets.Enum(("", *_TABS), "", read_only=True).tag(sync=True)
    opening = traitlets.Dict(read_only=True).tag(sync=True)
    kept = traitlets.Bytes(b"", read_only=True).tag(sync=True)

    _panel: ClassVar[Tab | Literal[""]] = ""

    def __init__(self, run: Any, **traits: Any):
        """Takes a `FlaxRun`, and initial traits."""
        if not isinstance(run, FlaxRun):
            raise WrongArgumentError(_describe_no_run(type(self).__name__, run), run)
        self._refuse_unknown(traits)
        clerk = Clerk(run)
        self._clerk: Clerk | None = clerk
        self._desk: Desk | None = Desk(clerk, _sender_of(self), _keeper_of(self))
        self._links: list[traitlets.link] = []
        selected, entry = self._first_place()
        look = LOOKS.begin(f"{type(self).__name__} of {title_of(run.root)}")
        traits = {**self._carry_over(look), **traits}
        selected = self._find_address(traits.pop("selected", selected))
        opening = clerk.opening(selected, has_tree=not self._panel)
        self.set_trait("panel", self._panel)
        self.set_trait("opening", opening)
        first = {"entry": entry, "expanded": opening["outline"]["expanded"]}
        super().__init__(**{**first, **traits, "selected": selected})
        let_browser_choose_route(self.comm)
        self.on_msg(self._take)
        self.observe(functools.partial(_note_in, look), names=list(LOOKED_AT))
        SHOWN.note_made(self)

    @property
    def run(self) -> FlaxRun:
        """The run; raises `ClosedViewError` once the view is closed."""
        return self._open_clerk.index.run

    @property
    def _open_clerk(self) -> Clerk:
        if self._clerk is None:
            raise ClosedViewError(f"{self._closing_words()} Keep the run to show it.")
        return self._clerk

    @traitlets.default("_esm")
    def _read_bundle(self) -> str:
        return read_bundle("index.js")

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        # A link that the user made goes on after the view is closed.
        if self._clerk is None:
            return proposal["value"]
        return self._find_address(proposal["value"])

    @traitlets.validate("query")
    def _check_query(self, proposal: Any) -> str:
        if self._clerk is not None:
            parse_query(proposal["value"])
        return proposal["value"]

    def _refuse_unknown(self, traits: dict[str, Any]) -> None:
        """Raises where a name is misspelt; traitlets would take it without a word."""
        known = [name for name in self.trait_names() if name not in _FIXED]
        unknown = [name for name in traits if name not in known]
        if unknown:
            ours = ", ".join(name for name in _OWN if name not in _FIXED)
            raise WrongArgumentError(
                f"{type(self).__name__} has no trait {unknown[0]!r} that can be set. "
                f"Its own are {ours}; those of every ipywidget, such as layout, can be "
                "set as well.",
                unknown[0],
            )

    def _first_place(self) -> tuple[str, str]:
        """Returns the address and the entry that are selected if nobody says so.

        After an error in the model, that is the call that raised.
        """
        index = self._open_clerk.index
        return (index.raising_call or self.run.root).address, ""

    def _carry_over(self, look: Look) -> Look:
        """Returns what the reader looked at when the cell ran before, if it is there.

        An error in the model comes first, whatever was selected before.
        """
        index = self._open_clerk.index
        kept = still_there(look, index.table)
        if index.raising_call is not None:
            for name in ("selected", "tab", "entry"):
                kept.pop(name, None)
        return kept

    def _find_address(self, address: str) -> str:
        return find_place(self._open_clerk.index, address, "call")[0]

    def share_selection(self, other: RunWidget) -> None:
        """Lets two views of the same run have the same call selected, both ways.

        It ends when either is closed.

        Args:
          other: The other view, which takes over the selection of this one.

        Raises:
          WrongValueError: If the other shows another run, or is none of our widgets.
        """
        if getattr(other, "run", None) is not self.run:
            raise WrongValueError(
                f"Only views of the same run can share a selection: this one shows "
                f"{self.run!r}, the other is {_describe_view(other)}. "
                "unflax_viz.inspect(view.run, share_with=view) makes such a view.",
                other,
            )
        if other is self or any(link in other._links for link in self._links):
            return
        link = traitlets.link((self, "selected"), (other, "selected"))
        self._links.append(link)
        other._links.append(link)

    def get_state(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the traits as the browser and the saved notebook hold them."""
        return to_wire(super().get_state(*args, **kwargs))

    def set_state(self, sync_data: Any) -> None:
        """Takes what the browser changed; what does not fit is refused, and said."""
        if not isinstance(sync_data, dict):
            return self._say("What the browser sent is not an object of traits.")
        sync_data = from_wire(sync_data)
        refused = {name: self._why_refused(name, sync_data[name]) for name in sync_data}
        # Within one update, traitlets would keep a value that a validator refused.
        super().set_state({k: v for k, v in sync_data.items() if not refused[k]})
        for name, reason in refused.items():
            if not reason:
                continue
            self._say(reason)
            if name in self.keys and name != "query":
                self.send_state(name)

    def close(self) -> None:
        """Closes the widget, ends its worker and the sharing of its selection.

        It lets go of the run, which whoever showed the view may hold on to: IPython
        keeps what every cell ended with.
        """
        if "_links" in vars(self):
            if self._desk is not None:
                self._desk.close()
            self._desk = self._clerk = None
            for link in self._links[:]:
                link.unlink()
                for view, _ in (link.source, link.target):
                    view._links.remove(link)
        super().close()
        # ipywidgets puts None here, and IPython would call it.
        vars(self).pop("_repr_mimebundle_", None)

    def _why_refused(self, name: str, value: Any) -> str:
        """Says why a value from the browser is not taken; "" where it is."""
        trait = self.traits().get(name)
        if trait is None or name not in self.keys:
            return f"There is no trait {name!r}."
        if name.startswith("_") or trait.read_only:
            return f"The browser may not change the trait {name!r}."
        from_json = self.trait_metadata(name, "from_json", self._trait_from_json)
        try:
            trait._validate(self, from_json(value, self))
        except Exception as error:
            return str(error)
        return ""

    def _say(self, sentence: str) -> None:
        """Tells the browser something that it did not ask."""
        self.send(failure_of(-1, sentence))

    def _take(self, widget: Any, request: Any, buffers: Any) -> None:
        del widget, buffers
        if self._desk is not None:
            self._desk.take(from_wire(request))

    def _send(self, msg: Any, buffers: Any = None) -> None:
        super()._send(to_wire(msg), buffers)
        let_browser_choose_route(self.comm)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Adds a readable page to the widget, for untrusted and static notebooks.

        A closed widget is a sentence.
        """
        if self._desk is None:
            return {"text/plain": self._closing_words()}, {}
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        data["text/plain"] = self._to_text()
        data["text/html"] = self._to_static_html()
        SHOWN.note_shown(self)
        self._desk.prepare()
        return data, metadata

    def _closing_words(self) -> str:
        view = f"{type(self).__name__} of {self.opening['title']}"
        return f"This {view} is closed and no longer holds its run."

    def _to_text(self) -> str:
        raise NotImplementedError

    def _to_static_html(self) -> str:
        raise NotImplementedError


def _sender_of(widget: RunWidget) -> Send:
    """Returns what sends for a widget without keeping it."""
    reference = weakref.ref(widget)

    def send(message: Any, buffers: Buffers) -> None:
        widget = reference()
        if widget is not None:
            widget.send(message, buffers)

    return send


def _note_in(look: Look, change: Any) -> None:
    look[change.name] = change.new


def _keeper_of(widget: RunWidget) -> Callable[[], None]:
    """Returns what lets a widget keep the tree of a small run, without keeping it."""
    reference = weakref.ref(widget)

    def keep() -> None:
        widget = reference()
        clerk = None if widget is None else widget._clerk
        if widget is None or clerk is None or widget._panel:
            return
        if len(clerk.index.table) <= _MAX_KEPT_CALLS:
            widget.set_trait("kept", pack_tree(clerk.finder))

    return keep


def _describe_no_run(view: str, given: Any) -> str:
    if nnx_words := describe_nnx_model(given):
        return f"{view} shows a FlaxRun. {nnx_words}"
    return (
        f"{view} shows a FlaxRun, and was given {describe_given(given)}. "
        "unflax_viz.capture(module, variables, ...) makes one."
    )


def _describe_view(view: Any) -> str:
    run = getattr(view, "run", None)
    kind = type(view).__qualname__
    if run is not None:
        return f"the {kind} of another, {run!r}"
    return f"a closed {kind}" if isinstance(view, RunWidget) else f"a {kind}"
