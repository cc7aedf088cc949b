"""Where the tensors of a session's call lie: in host memory, or on the GPU that the session computes on."""

from __future__ import annotations

import sys
from typing import Any, Protocol

import numpy as np

from limpid import _tensor
from limpid._dlpack import BFLOAT, CPU, FLOAT
from limpid._errors import UsageError
from limpid._tensor import Tensor

# What DLPack calls CUDA's default stream.
DEFAULT_STREAM = 1

# A device as DLPack numbers them: its type, and which of that type.
Device = tuple[int, int]


def device_of(x: Any) -> Device:
    """Where a tensor of any library lies; host memory where it does not say."""
    if not hasattr(x, "__dlpack_device__"):
        return CPU, 0
    kind, number = x.__dlpack_device__()
    return int(kind), int(number)


class Place(Protocol):
    """How a call takes tensors and has room made for its results."""

    stream: int  # The handle of the stream that the call runs on; 0 for the session's own, where calls return when all is done.

    def take(self, x: Any, name: str) -> Tensor:
        """What the caller gave."""

    def room(self, shape: tuple[int, ...]) -> tuple[Any, Tensor]:
        """fp32 of that shape, and the same as the library takes it."""

    def native(self, made: Any, /) -> Any:
        """What `room` gave, as the caller gets it."""

    def values(self, made: np.ndarray, /) -> Any:
        """Numbers that come to the host, as the caller gets them: of his library, where that is known to make its own of numpy's."""


class OnHost:
    """In host memory; what is elsewhere is brought there, and results to where `like` is."""

    stream = 0

    def __init__(self, like: Any):
        self.native = self.values = _tensor.maker_like(like)

    def take(self, x: Any, name: str) -> Tensor:
        return _tensor.taken(x, name)

    def room(self, shape: tuple[int, ...]) -> tuple[Any, Tensor]:
        made = np.empty(shape, np.float32)
        return made, _tensor.of_array(made)


class OnDevice:
    """On a GPU, where the tensors are taken as they lie: of torch and CuPy on the stream that they work on now, and nothing
    waits. Other libraries have streams of their own, which DLPack brings to the default stream and nothing brings back: calls
    wait for those, and return when all is done."""

    def __init__(self, like: Any, device: Device):
        self._like, self._device = like, device
        self.stream = _current_stream(like)

    def take(self, x: Any, name: str) -> Tensor:
        if device_of(x) != self._device:
            raise UsageError(f"{name} is not on the device that the other tensors of the call are on")
        if _tensor.is_torch(x):
            x = _tensor.numbers_of_torch(x, name, halves=True)
        tensor = self._of_dlpack(x)
        dtype = tensor.struct.dtype
        if (dtype.code, dtype.bits) not in ((FLOAT, 32), (FLOAT, 16), (BFLOAT, 16)):
            raise _tensor.refusal(name, _tensor.name_of(dtype), "fp32, fp16 or bf16")
        return tensor

    def room(self, shape: tuple[int, ...]) -> tuple[Any, Tensor]:
        made = _empty(self._like, shape)
        return made, self._of_dlpack(made)

    def native(self, made: Any, /) -> Any:
        return made

    def values(self, made: np.ndarray, /) -> Any:
        if _is_cupy(self._like):
            with self._like.device:
                return sys.modules["cupy"].asarray(made)
        return _tensor.maker_like(self._like)(made) if _tensor.is_torch(self._like) else made

    def _of_dlpack(self, x: Any) -> Tensor:
        return _tensor.of_dlpack(x, self.stream or DEFAULT_STREAM)


def _is_cupy(x: Any) -> bool:
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(x, cupy.ndarray)


def _current_stream(x: Any) -> int:
    """The handle of the stream that the library of `x` works on there; 0 where it is not known to have one."""
    if _tensor.is_torch(x):
        handle = sys.modules["torch"].cuda.current_stream(x.device).cuda_stream
    elif _is_cupy(x):
        with x.device:  # Each device has a current stream.
            handle = sys.modules["cupy"].cuda.get_current_stream().ptr
    else:
        return 0
    return int(handle) or DEFAULT_STREAM


def _empty(like: Any, shape: tuple[int, ...]) -> Any:
    if _tensor.is_torch(like):
        torch = sys.modules["torch"]
        return torch.empty(shape, dtype=torch.float32, device=like.device)
    if _is_cupy(like):
        with like.device:  # In place of an argument of that name.
            return sys.modules["cupy"].empty(shape, dtype=np.float32)
    if not hasattr(like, "__array_namespace__"):
        raise UsageError(f"{type(like).__name__} is of no library that room for results can be had from: bring it into host memory")
    library = like.__array_namespace__()
    return library.empty(shape, dtype=library.float32, device=like.device)
