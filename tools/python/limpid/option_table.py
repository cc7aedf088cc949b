"""What a render may be asked for: the library's own table of options, which the program's command line has too."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
from collections.abc import Mapping
from typing import Any

from limpid._errors import UsageError
from limpid._library import library


@dataclasses.dataclass(frozen=True)
class Option:
    """An option: its keyword, the program's flags, its kind ("count", "size", ...) and group, the values it takes and
    what is taken where nothing is said, what it does, and the kinds of "param" it has an effect on."""

    name: str
    flags: tuple[str, ...]
    kind: str
    group: str
    values: str
    default: str
    help: str
    param: tuple[str, ...]


@functools.cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(library().text("render_options"))
    return table


def options() -> dict[str, Option]:
    """Every keyword of `render` that is an option, by its name, in the order of `limpid help options`.

    >>> import limpid
    >>> limpid.options()["size"].values
    'N or HxW, each side from 1 to 8192 pixels'
    """
    rows = (Option(**{**row, "flags": tuple(row["flags"]), "param": tuple(row["param"])}) for row in _table()["options"])
    return {row.name: row for row in rows}


def presets() -> list[str]:
    """The names that the keyword `preset` of `render` may be."""
    return list(_table()["presets"])


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy's as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no value of an option")


def check_objective(objective: Any) -> None:
    if not isinstance(objective, str):
        raise UsageError(f"an objective is a text such as 'mixed4a:11', and {type(objective).__name__} was given")


def job_text(objective: str | None, given: Mapping[str, Any], also: Mapping[str, Any] | None = None) -> bytes:
    """A job as limpid.h takes it, with other fields of its own. Options that are None are as if not given.

    Raises UsageError for a name that is no option's; values are checked by the library.
    """
    if objective is not None:
        check_objective(objective)
    known = [row["name"] for row in _table()["options"]] + ["preset"]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else "limpid.options() lists them"
            raise UsageError(f"there is no option '{name}': {hint}")
    return json_of({"objective": objective, **given, **(also or {})})


def json_of(fields: Mapping[str, Any]) -> bytes:
    """Fields as limpid.h takes them; those that are None are as if not given. Raises UsageError for what JSON has not."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return json.dumps(given, default=_plain, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"an option cannot be had: {error}") from None
