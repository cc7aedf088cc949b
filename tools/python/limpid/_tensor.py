"""Tensors of any library as what limpid.h takes, and back.

Values are read where they lie, with whatever strides they have. Copied, once, is only what is not fp32 or not at multiples of
its size, and of torch's what is on a device. Results are made by numpy and given to the caller's own library by DLPack, which
copies nothing.
"""

from __future__ import annotations

import ctypes
import math
import sys
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from limpid._dlpack import CPU, DTYPES, FLOAT, DLDataType, DLDevice, DLManagedTensor, DLTensor, tensor_in
from limpid._errors import UsageError

_HOST = DLDevice(CPU, 0)
_FP32 = DLDataType(FLOAT, 32, 1)
_FLOAT32 = np.dtype(np.float32)

Pointer = ctypes.POINTER(DLTensor)


class Tensor:
    """A DLTensor, which keeps its memory as long as it is there itself.

    shape: its extents. address: of its first value. copied: whether its values had to be brought elsewhere.
    """

    __slots__ = ("struct", "shape", "address", "copied")

    def __init__(self, struct: DLTensor, shape: tuple[int, ...], keeper: Any, copied: bool = False):
        struct.keeper = keeper
        self.struct, self.shape, self.copied = struct, shape, copied
        self.address = (struct.data or 0) + struct.byte_offset


def of_array(array: np.ndarray, copied: bool = False) -> Tensor:
    """A numpy array of fp32 whose strides are whole values, and which is aligned to them."""
    dimensions = array.ndim
    shape = (ctypes.c_int64 * dimensions)(*array.shape)
    strides = (ctypes.c_int64 * dimensions)(*[stride // 4 for stride in array.strides])
    data = array.__array_interface__["data"][0]
    return Tensor(DLTensor(data, _HOST, dimensions, _FP32, shape, strides, 0), array.shape, (array, shape, strides), copied)


def refusal(name: str, dtype: Any, types: str = "fp32") -> UsageError:
    """Of values that are no numbers of those types, nor made such."""
    return UsageError(f"{name} has values of {dtype}: numbers of {types} are taken, of pictures those in [0, 1]")


def name_of(dtype: DLDataType) -> str:
    """Of DLPack's type of a value."""
    kind = DTYPES[dtype.code] if dtype.code < len(DTYPES) else f"DLPack's kind {dtype.code} of "
    return f"{kind}{dtype.bits}"


def _taken_array(array: np.ndarray, name: str, copied: bool = False) -> Tensor:
    if array.dtype != _FLOAT32:
        if array.dtype.kind != "f":
            raise refusal(name, array.dtype)
        return of_array(array.astype(np.float32), copied=True)
    if any(stride % 4 for stride in array.strides) or not array.flags.aligned:
        return of_array(array.copy(), copied=True)
    return of_array(array, copied)


def gradient_refusal(name: str) -> UsageError:
    """Of a tensor whose gradient is asked for."""
    return UsageError(f"{name} requires a gradient, which is not followed here: give {name}.detach(), or use limpid.torch.Features")


def numbers_of_torch(x: Any, name: str, halves: bool = False) -> Any:
    """A tensor of torch's, where it lies, as fp32, or with `halves` also as the fp16 or bf16 that it is. DLPack does not say of
    a view that its values have the other sign; it is copied."""
    if x.requires_grad:
        raise gradient_refusal(name)
    if not x.is_floating_point():
        raise refusal(name, x.dtype)
    if not (halves and str(x.dtype) in ("torch.float16", "torch.bfloat16")):
        x = x.float()
    return x.resolve_neg()


def _taken_torch(x: Any, name: str) -> Tensor:
    numbers = numbers_of_torch(x if x.device.type == "cpu" else x.cpu(), name)
    return of_dlpack(numbers, copied=numbers is not x)


def of_dlpack(x: Any, stream: int | None = None, copied: bool = False) -> Tensor:
    """Where it lies; on a device once the stream, by DLPack's number, waits for what writes it."""
    capsule = x.__dlpack__() if stream is None else x.__dlpack__(stream=stream)
    struct = tensor_in(capsule)
    return Tensor(struct, tuple(struct.shape[: struct.ndim]), (x, capsule), copied)


def is_torch(x: Any) -> bool:
    """Whether a tensor is of torch's, which is then loaded."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def taken(x: Any, name: str) -> Tensor:
    """What the caller gave: an array of numpy's, a tensor of torch's, anything with __dlpack__, or nested lists.

    Raises UsageError naming it for values that are no floating-point numbers, and for a tensor on a device that it has
    to be brought from first. (A tensor of torch's is brought here.)
    """
    if isinstance(x, np.ndarray):
        return _taken_array(x, name)
    if is_torch(x):
        return _taken_torch(x, name)
    if hasattr(x, "__dlpack__"):
        if hasattr(x, "__dlpack_device__") and int(x.__dlpack_device__()[0]) != CPU:
            raise UsageError(f"{name} is on a device: bring it into host memory first")
        tensor = of_dlpack(x)
        dtype = tensor.struct.dtype
        if (dtype.code, dtype.bits, dtype.lanes) == (FLOAT, 32, 1):
            return tensor
        if dtype.code != FLOAT:
            raise refusal(name, name_of(dtype))
        return _taken_array(np.from_dlpack(x), name)
    return _taken_array(np.asarray(x), name)


def maker_like(x: Any) -> Callable[[np.ndarray], Any]:
    """What makes an array one of the library that `x` is of."""
    if isinstance(x, np.ndarray):
        return lambda array: array
    if is_torch(x):
        torch, device = sys.modules["torch"], x.device
        return lambda array: torch.from_dlpack(array).to(device)
    namespace = x.__array_namespace__() if hasattr(x, "__array_namespace__") else None
    namespace = namespace or sys.modules.get(type(x).__module__.partition(".")[0])
    return getattr(namespace, "from_dlpack", lambda array: array)


def pointers(tensors: Sequence[Tensor | None]) -> Any:
    """An array of pointers, null for None, which keeps the tensors."""
    made = (Pointer * len(tensors))()
    for i, tensor in enumerate(tensors):
        if tensor is not None:
            made[i] = ctypes.pointer(tensor.struct)
    return made


def given(tensor: Any) -> np.ndarray:
    """What the library gave out, a pointer to a DLManagedTensor of dense fp32, as an array that frees it in the end."""
    struct = tensor.contents.dl_tensor
    shape = tuple(struct.shape[: struct.ndim])
    memory = (ctypes.c_float * math.prod(shape)).from_address(struct.data + struct.byte_offset)
    # The array keeps `memory`, whose end frees the tensor.
    weakref.finalize(memory, _delete, ctypes.addressof(tensor.contents)).atexit = False
    return np.frombuffer(memory, np.float32).reshape(shape)


def _delete(address: int) -> None:
    DLManagedTensor.from_address(address).deleter(address)
