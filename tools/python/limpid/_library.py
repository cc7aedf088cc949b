"""The shared library: where it is found, and its functions, each declared once as engine/limpid.h has it.

Every function that returns a status raises what it reports. ctypes lets other Python threads run during a call.
"""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_size_t, c_void_p
from typing import Any

from limpid._dlpack import DLManagedTensor, DLTensor
from limpid._errors import Error, error_of

NAME = "liblimpid.so.1"

# int32_t (*limpid_progress)(void* user, int32_t step, int32_t steps, double objective)
Progress = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int32, c_int32, c_double)

_TENSOR = POINTER(DLTensor)
_TENSORS = POINTER(_TENSOR)
_HANDLE = c_void_p
_NEW = POINTER(c_void_p)
_TEXT = POINTER(c_char_p)
_INT = POINTER(c_int32)
_SHAPE = POINTER(c_int64)
_NEW_TENSOR = POINTER(POINTER(DLManagedTensor))

# Functions that return a status, by their names after "limpid_": their parameters.
CHECKED: dict[str, list[Any]] = {
    "network_load": [c_char_p, _NEW],
    "network_load_bytes": [c_char_p, c_size_t, _NEW],
    "network_layers": [_HANDLE, c_int32, c_int32, _TEXT],
    "network_labels": [_HANDLE, _TEXT],
    "job_create": [_HANDLE, c_char_p, c_char_p, _NEW],
    "job_step": [_HANDLE, c_int32, _INT, POINTER(c_double)],
    "job_shape": [_HANDLE, _SHAPE],
    "job_image": [_HANDLE, _TENSOR],
    "job_parameters_shape": [_HANDLE, _SHAPE],
    "job_parameters": [_HANDLE, _TENSOR],
    "job_set_parameters": [_HANDLE, _TENSOR],
    "job_set": [_HANDLE, c_char_p],
    "job_describe": [_HANDLE, _TEXT],
    "job_cancel": [_HANDLE],
    "job_save": [_HANDLE, _NEW, POINTER(c_size_t)],
    "job_restore": [_HANDLE, c_char_p, c_size_t, c_char_p, _NEW],
    "job_target_shape": [_HANDLE, c_int32, _SHAPE],
    "job_activations": [_HANDLE, c_int32, _TENSOR],
    "job_step_with": [_HANDLE, _TENSORS, c_size_t, _INT, POINTER(c_double)],
    "session_create": [_HANDLE, c_char_p, _NEW],
    "session_target_shape": [_HANDLE, c_int32, c_int32, c_int32, c_int32, _SHAPE],
    "session_device": [_HANDLE, _INT, _INT],
    "session_set_stream": [_HANDLE, c_void_p],
    "session_forward": [_HANDLE, _TENSOR, _TENSORS, c_size_t],
    "session_backward": [_HANDLE, _TENSORS, c_size_t, _TENSOR],
    "session_push": [_HANDLE, _TENSOR, _TENSORS, c_size_t],
    "session_gradient": [_HANDLE, _TENSOR, c_char_p, POINTER(c_double), c_size_t, _TENSOR],
    "grid_open": [_HANDLE, c_char_p, c_char_p, _NEW],
    "grid_next": [_HANDLE, _TEXT, _NEW_TENSOR],
    "grid_cancel": [_HANDLE],
    "render_options": [_TEXT],
    "read_picture": [c_char_p, _NEW_TENSOR],
    "write_picture": [c_char_p, _TENSOR],
    "render_shape": [_HANDLE, c_char_p, _SHAPE],
    "render_size": [_HANDLE, c_char_p, _INT, _INT],
    "render": [_HANDLE, c_char_p, c_char_p, Progress, c_void_p, _TENSOR],
}

# The others: what they return, and their parameters.
PLAIN: dict[str, tuple[Any, list[Any]]] = {
    "version": (c_char_p, []),
    "status_text": (c_char_p, [c_int32]),
    "last_error": (c_char_p, []),
    "text_release": (None, [c_char_p]),
    "bytes_release": (None, [c_void_p]),
    "job_release": (None, [_HANDLE]),
    "grid_close": (None, [_HANDLE]),
    "network_release": (None, [_HANDLE]),
    "session_release": (None, [_HANDLE]),
}


def places() -> list[str]:
    """Where the library is looked for, first place first: $LIMPID_LIBRARY, the package, where the system has libraries."""
    named = os.environ.get("LIMPID_LIBRARY")
    packaged = pathlib.Path(__file__).parent / "native" / "lib" / NAME
    return [named] if named else ([str(packaged)] if packaged.exists() else []) + [NAME]


def _load() -> ctypes.CDLL:
    failures = []
    for place in places():
        try:
            return ctypes.CDLL(place)
        except OSError as error:
            failures.append(str(error))
    raise ImportError(f"limpid's library was not found: {'; '.join(failures)}. Install the package by pip, or set "
                      f"LIMPID_LIBRARY to the path of a {NAME}")


class Library:
    """The library's functions as methods, without "limpid_" before their names."""

    def __init__(self, library: ctypes.CDLL):
        def check(status: int, function: Any, arguments: Any) -> int:
            if status != 0:
                raise error_of(status, self.last_error().decode(errors="replace"))
            return status

        for name, (result, parameters) in PLAIN.items():
            self._declare(library, name, result, parameters)
        for name, parameters in CHECKED.items():
            self._declare(library, name, c_int32, parameters).errcheck = check

    def _declare(self, library: ctypes.CDLL, name: str, result: Any, parameters: list[Any]) -> Any:
        try:
            function = getattr(library, "limpid_" + name)
        except AttributeError:
            raise ImportError(f"{library._name} has no limpid_{name}: it is older than this package") from None
        function.restype, function.argtypes = result, parameters
        setattr(self, name, function)
        return function

    def __getattr__(self, name: str) -> Any:  # What _declare did not set.
        raise AttributeError(name)

    def text(self, name: str, *arguments: Any) -> str:
        """What a function gives out as its last parameter, a text."""
        given = c_char_p()
        getattr(self, name)(*arguments, ctypes.byref(given))
        try:
            return (given.value or b"").decode()
        finally:
            self.text_release(given)

    def handle(self, name: str, *arguments: Any) -> int:
        """What a function makes and gives out as its last parameter, for the caller to release."""
        made = c_void_p()
        getattr(self, name)(*arguments, ctypes.byref(made))
        if made.value is None:
            raise Error(f"limpid_{name} gave nothing out")
        return made.value


@functools.cache
def library() -> Library:
    """The library, loaded when it is first asked for. Raises ImportError where there is none."""
    return Library(_load())
