"""Every error that a user of unflax_viz meets, one class per situation.

An error of the user's own model is never wrapped in one of these: it is raised
unchanged, with the partial run attached (`unflax_viz.partial_run`).
"""

from __future__ import annotations


class UnflaxVizError(Exception):
    """The base of all errors of this package."""


class WrongArgumentError(UnflaxVizError, TypeError):
    """An argument is not of the kind that is needed, such as a module or a run.

    Attributes:
      given: What was passed.
    """

    def __init__(self, message: str, given: object):
        super().__init__(message)
        self.given = given


class WrongValueError(UnflaxVizError, ValueError):
    """An argument is of the right kind, but what it asks for does not exist.

    Such as a lens, a method, a step, a position on an axis, or a number of bins.

    Attributes:
      given: What was passed.
    """

    def __init__(self, message: str, given: object):
        super().__init__(message)
        self.given = given


class PathNotInRunError(UnflaxVizError, KeyError):
    """No call, parameter or state of the run has the path that was asked for.

    Attributes:
      address: The path that was asked for.
    """

    def __init__(self, message: str, address: str):
        super().__init__(message)
        self.message = message
        self.address = address

    def __str__(self) -> str:
        return self.message


class QueryError(UnflaxVizError, ValueError):
    """A query cannot be read.

    Attributes:
      message: What is wrong with it, and what to write instead.
      query: The query.
      start: Position of the first character that is meant, from 0.
      end: Position after the last character that is meant.
    """

    def __init__(self, message: str, query: str, start: int, end: int):
        super().__init__(message)
        self.message = message
        self.query = query
        self.start = start
        self.end = end


class ParameterConflictError(UnflaxVizError, ValueError):
    """One name stands for two parameters, or for two values of a shared one."""


class ValueNeededError(UnflaxVizError, TypeError):
    """Values are needed where a run has only shapes."""


class DeletedArrayError(UnflaxVizError, ValueError):
    """An array of variables, keys or a record was deleted, most likely donated."""


class RecordFailedError(UnflaxVizError, RuntimeError):
    """A run could not be recorded; the model itself ran, and is not affected."""


class CallNotAloneError(UnflaxVizError, TypeError):
    """A recorded call cannot be made again without the model around it."""


class FrozenRecordError(UnflaxVizError, TypeError):
    """A record was to be changed in place."""


class OtherVersionError(UnflaxVizError, ValueError):
    """A record was pickled by another version, whose records have other fields."""


class ClosedViewError(UnflaxVizError, AttributeError):
    """A view was asked for its run after it had been closed."""


class InstallationError(UnflaxVizError, RuntimeError):
    """What is installed lacks a part: the inspector's bundle, or one of Flax's own."""
