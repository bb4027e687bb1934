"""Show the types of arguments by short names in the help of a function: `start: Time`, not four types."""

import inspect
from collections.abc import Callable
from typing import Any

from warehouse.requests.arguments import Form, Name, Regions
from warehouse.requests.times import TimestampLike


class _Label:
    """A type by its short name, as help shows it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


LABELS: tuple[tuple[Any, _Label], ...] = (
    (TimestampLike, _Label("Time")),
    (TimestampLike | tuple[TimestampLike, TimestampLike], _Label("Time | (Time, Time)")),
    (tuple[int, TimestampLike] | None, _Label("(series_id, Time)")),
    (Name, _Label("Names")),
    (Form, _Label('"pandas" | "polars" | "arrow"')),
    (Regions, _Label('"then" | "today"')),
    (str | int | None, _Label("Name")),
    (str | int, _Label("Name")),
    (str | list[str] | None, _Label("Names")),
    (str | None, _Label("str")),
    (int | None, _Label("int")),
    (bool | None, _Label("bool")),
)


def readable(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a read function for people, who see the defaults and need no `| None`."""
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=_label(each.annotation)) for each in signature.parameters.values()]
    result = _Label("DataFrame") if signature.return_annotation is Any else signature.return_annotation
    return signature.replace(parameters=parameters, return_annotation=result)


def _label(annotation: Any) -> Any:
    return next((label for known, label in LABELS if known == annotation), annotation)
