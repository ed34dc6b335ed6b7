"""A call and all below it, summed up."""

from typing import TypedDict

from unflax_viz.protocol.values import Fact
from unflax_viz.protocol.words import Search, Tab


class Bar(TypedDict):
    """What one child of a call, or one class of modules below it, takes.

    Attributes:
      name: The child's place below the call, or the class.
      class_name: The class; "not captured" where that is not known.
      color: The colour of the class, as "#rrggbb".
      address: The call that it selects; "" where it stands for a class.
      search: What it lists in the tree; null where it selects a call.
      amounts: One for each column of the chart.
      shares: The same as parts of the largest in the chart, from 0 to 1.
    """

    name: str
    class_name: str
    color: str
    address: str
    search: Search | None
    amounts: list[Fact]
    shares: list[float]


class BarChart(TypedDict):
    """How what a call takes is spread, the largest part first.

    Attributes:
      title: What the bars stand for, e.g. "By class".
      columns: What is measured, e.g. "parameters"; nothing that is 0 everywhere.
      bars: The first of them.
      n_rest: How many more there are.
    """

    title: str
    columns: list[str]
    bars: list[Bar]
    n_rest: int


class Remark(TypedDict):
    """One thing that stands out in a call or below it.

    Attributes:
      text: What it is, in a sentence.
      address: The call that it leads to; "" for none.
      tab: The panel that is brought to the front with that call; null for any.
      entry: `ArrayItem.key` of what is shown in the panel; "" where any will do.
      search: What it lists in the tree; null for nothing.
    """

    text: str
    address: str
    tab: Tab | None
    entry: str
    search: Search | None


class Remarks(TypedDict):
    """What stands out, of one kind.

    Attributes:
      title: The kind, e.g. "Changed".
      remarks: The first of them.
      n_rest: How many more there are.
    """

    title: str
    remarks: list[Remark]
    n_rest: int


class Overview(TypedDict):
    """A call and all below it, summed up.

    Attributes:
      charts: Where its parameters, bytes and calls are; none where it made no calls.
      remarks: What stands out; none of a kind of which there is nothing to say.
    """

    charts: list[BarChart]
    remarks: list[Remarks]
