"""What is optimised, in the bytes of a job's state: version 2 of the layout that engine/job/job_state.h describes."""

from __future__ import annotations

import hashlib
import struct

import numpy as np

from limpid._errors import InputError

_MAGIC, _VERSION = b"limpidjb", 2
_START = struct.Struct("<8sQQ64s")  # Magic, version, bytes of the record, SHA-256 of what follows.
_COUNT = struct.Struct("<Q")


def _place(state: bytes) -> tuple[int, int]:
    """Where the parameters begin, and how many there are: the first part after the record."""
    magic, version, record, _ = _START.unpack_from(state)
    if (magic, version) != (_MAGIC, _VERSION):
        raise InputError(f"the state of a job has layout {version}, and this package knows {_VERSION}: the library is another")
    at = _START.size + record
    return at + _COUNT.size, _COUNT.unpack_from(state, at)[0]


def parameters_of(state: bytes) -> np.ndarray:
    """The parameters, pictures x planes x values of fp32 in one row: of "spectral" height x (width // 2 + 1) x 2 Fourier
    coefficients a plane, real and imaginary part; of "pixel" height x width values."""
    at, count = _place(state)
    return np.frombuffer(state, np.float32, count, at).copy()


def with_parameters(state: bytes, parameters: np.ndarray) -> bytes:
    """A state like this one, with other parameters, of as many values."""
    at, count = _place(state)
    values = np.ascontiguousarray(parameters, np.float32).tobytes()
    if len(values) != 4 * count:
        raise InputError(f"a job of {count} parameters was given {len(values) // 4}")
    content = state[_START.size : at] + values + state[at + len(values) :]
    magic, version, record, _ = _START.unpack_from(state)
    return _START.pack(magic, version, record, hashlib.sha256(content).hexdigest().encode()) + content
