"""Every error that a user of unflax_viz meets, one class per situation.

An error of the user's own model is never wrapped in one of these: it is raised
unchanged, with the partial run attached (`unflax_viz.partial_run`).
"""

from __future__ import annotations


class UnflaxVizError(Exception):
    """The base of all errors of this package."""


class WrongArgumentError(UnflaxVizError, TypeError):
    """An argument is not of the kind that is needed.

    Attributes:
      given: What was passed.
    """

    def __init__(self, message: str, given: object):
        super().__init__(message)
        self.given = given


class NotAFlaxModuleError(WrongArgumentError):
    """Something that is no `flax.linen.Module` instance was to be captured."""


class NotVariablesError(WrongArgumentError):
    """Variables are no dict of collections, or lack what the model used."""


class NoSuchMethodError(UnflaxVizError, AttributeError):
    """`method` names no method of the module.

    Attributes:
      method: The name that was asked for.
    """

    def __init__(self, message: str, method: str):
        super().__init__(message)
        self.method = method


class ValueNeededError(UnflaxVizError, TypeError):
    """The model's control flow needs values, which an abstract run has not."""


class RecordFailedError(UnflaxVizError, RuntimeError):
    """A run could not be recorded; the model itself ran, and is not affected."""


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


class SharedParameterConflictError(UnflaxVizError, ValueError):
    """The copies of a shared parameter in an edited run differ.

    Attributes:
      name: The parameter, its path joined by dots.
    """

    def __init__(self, message: str, name: str):
        super().__init__(message)
        self.name = name


class AmbiguousNameError(UnflaxVizError, ValueError):
    """Two parameters would have one name, since a dot is part of a module's name.

    Attributes:
      name: The name.
    """

    def __init__(self, message: str, name: str):
        super().__init__(message)
        self.name = name


class DeletedArrayError(UnflaxVizError, ValueError):
    """An array of variables, keys or a record was deleted, most likely donated."""


class BundleMissingError(UnflaxVizError, FileNotFoundError):
    """The JavaScript of the inspector was not built."""


class UnsupportedFlaxError(UnflaxVizError, RuntimeError):
    """This version of Flax lacks a private part that a recording needs."""


class OtherVersionError(UnflaxVizError, ValueError):
    """A record was pickled by another version, whose records have other fields."""


class CallNotAloneError(UnflaxVizError, TypeError):
    """A recorded call cannot be made again without the model around it.

    Attributes:
      address: The call.
    """

    def __init__(self, message: str, address: str):
        super().__init__(message)
        self.address = address


class FrozenRecordError(UnflaxVizError, TypeError):
    """A record was to be changed in place."""


class NotARunError(WrongArgumentError):
    """The inspector was asked to show something that is no run."""


class QueryError(UnflaxVizError, ValueError):
    """A query cannot be read.

    Attributes:
      message: What is wrong with it, and what to write instead.
      query: The query.
      start: Index of the first letter that is meant, from 0.
      end: Index after the last letter that is meant.
    """

    def __init__(self, message: str, query: str, start: int, end: int):
        super().__init__(message)
        self.message = message
        self.query = query
        self.start = start
        self.end = end


class UnknownLensError(UnflaxVizError, ValueError):
    """A run has no lens of the name that was asked for.

    Attributes:
      lens: The name.
    """

    def __init__(self, message: str, lens: object):
        super().__init__(message)
        self.lens = lens


class DifferentRunError(UnflaxVizError, ValueError):
    """Two views were to share something, and show different runs."""


class ClosedViewError(UnflaxVizError, AttributeError):
    """A view was asked for its run after it had been closed."""


class WrongCountError(UnflaxVizError, ValueError):
    """A number of things was asked for that there cannot be.

    Attributes:
      count: What was asked for.
    """

    def __init__(self, message: str, count: object):
        super().__init__(message)
        self.count = count


class WrongStepError(UnflaxVizError, ValueError):
    """A step or lane was named that the call did not run in.

    Attributes:
      step: What was asked for.
    """

    def __init__(self, message: str, step: object):
        super().__init__(message)
        self.step = step


class WrongIndexError(UnflaxVizError, IndexError):
    """A slice of an array was asked for that it does not have.

    Attributes:
      index: What was asked for.
    """

    def __init__(self, message: str, index: object):
        super().__init__(message)
        self.index = index
