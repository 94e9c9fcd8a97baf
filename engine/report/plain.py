"""Results as plain JSON values: no NaN, no infinity, absolute paths."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from pathlib import Path
from typing import Annotated, Any

#: A level of which −∞ is null in JSON, and null is −∞ where it is read back (`engine.report.reading`).
Level = Annotated[float, -math.inf]


def as_json(value: Any) -> Any:
    """`value` as what `json.dumps(..., allow_nan=False)` accepts.

    Dataclasses become objects in field order, paths become absolute strings, levels that are not
    finite become None. A dataclass may define `as_json()` to take over its own conversion.

    Raises:
        TypeError: for a type that has no JSON counterpart (numpy scalars included: convert them
            where they are made).
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = getattr(value, "as_json", None)
        if own is not None:
            return as_json(own())
        return {f.name: as_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def from_json(text: str | bytes) -> Any:
    """What a JSON text from anywhere holds.

    Raises:
        ValueError: it is none, or nested deeper than Python's own stack.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
