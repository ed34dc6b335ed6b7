"""What the panels of the details list."""

from typing import TypedDict

from unflax_viz.protocol.draws import RngItem
from unflax_viz.protocol.overview import Overview
from unflax_viz.protocol.values import Axis, Fact
from unflax_viz.protocol.words import Group, Side, Tab


class ArrayItem(TypedDict):
    """One parameter, state or constant, as one item of a panel.

    Attributes:
      key: What names the item among all items of its call.
      group: The list that this item is in.
      collection: Flax collection, "params" for a parameter.
      name: Name within the collection of this call's scope; for an unused value its
        whole path.
      text: Shape and dtype, e.g. "f32[3,3,1,16]", or what else it is.
      size: How much memory it takes, e.g. "576 B"; "" for what is no array.
      notes: What a reader should know at once, e.g. "shared by 2 calls",
        "changed", "created in this run".
      is_array: Whether an `ArrayRequest` for it will be answered.
      value_texts: The value itself where it is small (a scalar, a string), before and
        after the run as it is known; else empty.
      sides: The sides at which a value is known, in order of time; then
        "difference", where both sides are arrays of one shape and something changed.
      no_difference: Why there is no difference though the run put another value in
        the place of the one before; else "".
      axes: The axes of the array, outermost first; empty for what is no array.
      codes: Python that gives the value at each of `sides`, e.g.
        `run.at("Dense_0").scope_data.parameters["kernel"].value`.
    """

    key: str
    group: Group
    collection: str
    name: str
    text: str
    size: str
    notes: list[str]
    is_array: bool
    value_texts: list[str]
    sides: list[Side]
    no_difference: str
    axes: list[Axis]
    codes: list[str]


class Below(TypedDict):
    """What the calls below a call hold, where its own scope holds nothing of the kind.

    Attributes:
      tab: The panel that is empty.
      text: How much there is, e.g. "parameters of 38,346 elements".
      lens: The lens that lists it.
      query: What leaves nothing else in that lens; "" where nothing else is in it.
    """

    tab: Tab
    text: str
    lens: str
    query: str


class CallRequest(TypedDict):
    """Browser to Python: what do the panels list for this call?

    Answered with `CallAnswer`.

    Attributes:
      address: The call.
    """

    address: str


class CallAnswer(TypedDict):
    """Python to browser: the answer to `CallRequest`.

    Attributes:
      address: The call.
      title: Its address, or the class and method where the root module is called.
      subtitle: Its class and method, e.g. "Conv.__call__"; "" where the title says it.
      code: Python that gives the call, e.g. `run.at("encoder/Dense_0")`.
      facts: Shapes that went in and came out, transforms, and how many parameters the
        call and what is below it used.
      below: What there is below the call for panels that have nothing to show.
      parameters: Parameters of the call's own scope.
      unused: At the root, what the run was given and no call read; else empty.
      n_more_unused: How many more of those there are.
      state: Variables of the call's own scope that the run could change.
      constants: Variables of the call's own scope that the run could not change.
      rngs: Streams of the call's own scope.
      overview: The call and all below it.
      error: What the call raised, or why it could not be seen; else "".
    """

    address: str
    title: str
    subtitle: str
    code: str
    facts: list[Fact]
    below: list[Below]
    parameters: list[ArrayItem]
    unused: list[ArrayItem]
    n_more_unused: int
    state: list[ArrayItem]
    constants: list[ArrayItem]
    rngs: list[RngItem]
    overview: Overview
    error: str


class StructureLine(TypedDict):
    """One line of the inputs or outputs of a call.

    Attributes:
      depth: How deep it is nested, from 0.
      label: Name of the argument, key or index, e.g. "train", "[0]".
      text: Shape and dtype, a plain value, or the type of what is below.
    """

    depth: int
    label: str
    text: str


class Field(TypedDict):
    """One field of the module that was called.

    Attributes:
      name: Its name, e.g. "features".
      text: Its value, shortened.
      is_default: Whether it has the value that the class gives it.
    """

    name: str
    text: str
    is_default: bool


class MethodRequest(TypedDict):
    """Browser to Python: what was called, with what, and what is its source?

    Answered with `MethodAnswer`.

    Attributes:
      address: The call.
    """

    address: str


class MethodAnswer(TypedDict):
    """Python to browser: the answer to `MethodRequest`.

    Attributes:
      address: The call.
      inputs: The arguments, nested; each argument at depth 0.
      outputs: What it returned; empty where it raised.
      fields: The module's fields.
      transforms: What the call ran under, outermost first, e.g. "scan x24".
      number: Its number among all calls in the order made, from 1; 0 for a place that
        was not captured.
      n_calls: How many calls there are.
      previous: Address of the call made before it; "" at the first.
      next: Address of the call made after it; "" at the last.
      docstring: That of the method, or of its class; "" where there is none.
      source: The method's source text; "" where it cannot be read.
      file: The file that holds it; "" where there is none.
      line: The line where it begins, from 1; 0 where that is not known.
    """

    address: str
    inputs: list[StructureLine]
    outputs: list[StructureLine]
    fields: list[Field]
    transforms: list[str]
    number: int
    n_calls: int
    previous: str
    next: str
    docstring: str
    source: str
    file: str
    line: int


class RepeatsRequest(TypedDict):
    """Browser to Python: which calls did the module of this call have?

    Answered with `RepeatsAnswer`.

    Attributes:
      address: The call.
    """

    address: str


class RepeatsAnswer(TypedDict):
    """Python to browser: all calls of one module.

    Attributes:
      addresses: The first of them in the order made, the call itself among them.
      n_more: How many more there are.
    """

    addresses: list[str]
    n_more: int
