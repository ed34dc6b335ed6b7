"""Run a Flax Linen model once and return the record of that run."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import flax.linen as nn
import jax

from unflax_viz.capture.freeze import freeze_run
from unflax_viz.capture.guard import Guard
from unflax_viz.capture.linen.watch import watching
from unflax_viz.capture.recorder import Recorder
from unflax_viz.errors import (
    ValueNeededError,
    WrongArgumentError,
    WrongValueError,
)
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.deleted import check_not_deleted
from unflax_viz.record.given import describe_given, describe_nnx_model
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.structures import has_leaf, leaves_of, replace_leaves

_PARTIAL_RUN = "unflax_viz_partial_run"
_NEEDS_VALUE = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)


def capture(
    module: nn.Module,
    /,
    variables: Mapping[str, Any] | None = None,
    *args: Any,
    rngs: Any = None,
    method: Callable[..., Any] | str | None = None,
    mutable: Any = False,
    **kwargs: Any,
) -> FlaxRun:
    """Runs `module.apply` once, with exactly these arguments, and records it.

    Args:
      module: The Flax Linen module.
      variables: Its variables by collection. If any array leaf of `variables`,
        `args`, `kwargs` or `rngs` is a `jax.ShapeDtypeStruct`, nothing is computed
        and the run is abstract.
      *args: Arguments of the method.
      rngs: One key, or keys by stream; typed or raw uint32 keys of shape (2,).
      method: The method or function to apply; `__call__` if None.
      mutable: Which collections may be written, as `apply` takes it.
      **kwargs: Keyword arguments of the method.

    Returns:
      The record. `run.output` is what `apply` returned.

    Raises:
      WrongArgumentError: If `module` is not an instance of a Linen module.
      WrongArgumentError: If `variables` is not a dict of collections.
      DeletedArrayError: If an array among the variables was donated or deleted.
      WrongValueError: If `method` names nothing that can be called.
      RecordFailedError: If the run cannot be recorded, though the model ran.
      Exception: Whatever the model raises, unchanged; `partial_run(error)` is the
        record up to the call that raised.
    """
    given: Any = variables
    _check_arguments(module, given, method)
    if has_leaf((variables, args, kwargs, rngs), _is_shape):
        return capture_abstract(
            module,
            variables,
            *args,
            rngs=rngs,
            method=method,
            mutable=mutable,
            **kwargs,
        )
    return _record(
        lambda: module.apply(
            given, *args, rngs=rngs, method=method, mutable=mutable, **kwargs
        )
    )


def capture_abstract(
    module: nn.Module,
    /,
    variables: Mapping[str, Any] | None = None,
    *args: Any,
    rngs: Any = None,
    method: Callable[..., Any] | str | None = None,
    mutable: Any = False,
    **kwargs: Any,
) -> FlaxRun:
    """Traces `module.apply` and records it; no arithmetic, no copy of a parameter.

    Takes the arguments of `capture`. Parameters, state before and keys are exact;
    outputs and state after are `jax.ShapeDtypeStruct`.

    Raises:
      ValueNeededError: If the model's control flow depends on values.
      Exception: As `capture`.
    """
    _check_arguments(module, variables, method)
    inputs = (variables, args, kwargs, rngs)
    shapes = {id(leaf): leaf for leaf in leaves_of(inputs) if _is_shape(leaf)}

    def apply(traced: dict[int, Any]) -> None:
        variables_, args_, kwargs_, rngs_ = replace_leaves(inputs, traced)
        module.apply(
            variables_, *args_, rngs=rngs_, method=method, mutable=mutable, **kwargs_
        )

    def trace() -> None:
        try:
            jax.eval_shape(apply, shapes)
        except _NEEDS_VALUE as error:
            raise ValueNeededError(
                f"{type(module).__name__} needs a value, and an abstract run has "
                "shapes only. unflax_viz.capture(...) with real arrays runs it."
            ) from error

    return _record(trace)


def unflaxify_apply(
    module: nn.Module,
    /,
    variables: Mapping[str, Any] | None = None,
    *args: Any,
    **kwargs: Any,
) -> InterceptedFlaxModuleMethod:
    """Returns `capture_abstract(...).root`, as Penzai's function of that name."""
    return capture_abstract(module, variables, *args, **kwargs).root


def partial_run(error: BaseException) -> FlaxRun | None:
    """Returns the record up to the call that raised `error` inside `capture`.

    Args:
      error: The exception that came out of `capture` or `capture_abstract`.

    Returns:
      The partial run, or None if the exception came from elsewhere.
    """
    return BaseException.__getattribute__(error, "__dict__").get(_PARTIAL_RUN)


def _record(apply: Callable[[], Any]) -> FlaxRun:
    recorder = Recorder(freeze_run)
    guard = Guard(recorder)
    try:
        with watching(guard):
            apply()
    except BaseException as error:
        if recorder.finished:
            # Its class may refuse attributes.
            BaseException.__setattr__(error, _PARTIAL_RUN, recorder.finished[0])
        raise
    if guard.failures:
        raise guard.failures[0]
    return recorder.finished[0]


def _is_shape(leaf: Any) -> bool:
    return issubclass(type(leaf), jax.ShapeDtypeStruct)


def _check_arguments(module: Any, variables: Any, method: Any) -> None:
    if not isinstance(module, nn.Module):
        raise WrongArgumentError(_describe_no_module(module), module)
    if not isinstance(variables, Mapping):
        raise WrongArgumentError(
            "capture(module, variables, *args) takes the variables as apply does, a "
            "dict such as {'params': ...}; it was given "
            f"{describe_given(variables)}. module.init(key, ...) makes them.",
            variables,
        )
    advice = "Capture before that call, or with what the call returned."
    check_not_deleted(variables, "variables", advice)
    if isinstance(method, str) and not callable(getattr(module, method, None)):
        raise WrongValueError(_describe_no_method(module, method), method)


def _describe_no_module(module: Any) -> str:
    if inspect.isclass(module) and issubclass(module, nn.Module):
        return (
            f"capture takes a module, and was given the class {module.__name__}. "
            f"Make an instance first: {module.__name__}(...)."
        )
    if nnx_words := describe_nnx_model(module):
        return nnx_words
    if inspect.ismethod(module) and isinstance(module.__self__, nn.Module):
        return (
            f"capture takes a module, and was given its method {module.__name__!r}. "
            f"Pass the module, and method={module.__name__!r}."
        )
    return f"capture takes a Flax Linen module, and was given {describe_given(module)}."


def _describe_no_method(module: nn.Module, method: str) -> str:
    fields = {field.name for field in dataclasses.fields(module)}
    names = [
        name
        for name in vars(type(module))
        if not name.startswith("_")
        and name not in fields
        and callable(getattr(type(module), name))
    ]
    known = ", ".join(sorted({*names, "__call__"} - {"setup"}))
    return (
        f"{type(module).__name__} has no method {method!r} that can be called; "
        f"it has {known}."
    )
