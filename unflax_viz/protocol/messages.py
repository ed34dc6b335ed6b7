"""The envelope of every message, and what belongs to no question in particular."""

from typing import TypedDict


class Envelope(TypedDict):
    """One message, in either direction.

    Attributes:
      id: Number of the request, which its answer repeats; -1 where a trait that the
        browser set is refused, or where a request has no number.
      kind: What the message is: the question, "failure" or "progress".
      body: What that kind of message says.
    """

    id: int
    kind: str
    body: object


class Failure(TypedDict):
    """Python to browser, kind "failure": the answer to what cannot be met.

    Attributes:
      message: A sentence for the reader, shown where the answer would have been.
    """

    message: str


class Progress(TypedDict):
    """Python to browser, kind "progress": how far a slow answer has come.

    Attributes:
      fraction: From 0 to 1.
    """

    fraction: float


class CancelRequest(TypedDict):
    """Browser to Python: nobody waits for that answer any more.

    Answered with `CancelAnswer`. The other request is answered as well: with a
    failure, or with its answer where that was already there.

    Attributes:
      cancelled: The `id` of the other request.
    """

    cancelled: int


class CancelAnswer(TypedDict):
    """Python to browser: the answer to `CancelRequest`.

    Attributes:
      was_waiting: Whether the other request had not been answered yet.
    """

    was_waiting: bool
