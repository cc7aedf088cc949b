"""Passes through a network: activations, and derivatives along any cotangents and tangents."""

from __future__ import annotations

import ctypes
import json
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from limpid import _places, _tensor
from limpid._dlpack import CUDA
from limpid._errors import UsageError
from limpid._library import library
from limpid.option_table import check_objective

if TYPE_CHECKING:
    from limpid.network import Network


def by_target(targets: Sequence[str], cotangents: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
    """One for each target, None where none was given; by their names, or in their order."""
    if isinstance(cotangents, Mapping):
        for name in cotangents:
            if name not in targets:
                raise UsageError(f"'{name}' is none of the targets: {', '.join(targets)}")
        return [cotangents.get(name) for name in targets]
    if not isinstance(cotangents, (list, tuple)) or len(cotangents) != len(targets):
        raise UsageError(f"cotangents are given by target, or as a list of one for each of {len(targets)}")
    return list(cotangents)


class Session:
    """A network planned once for some targets, and any number of passes through it.

    targets: layers, by any of their names; "mixed4d:pre" is one before its ReLU.
    start: the layer whose activations the passes begin with; None for the picture.
    backward, push: whether these may be called; each takes memory.
    linear: the network as a linear map, for expanded weights: biases are zero, ReLUs the identity, max-pools means.
        `backward` and `push` then need no forward pass, which there is not.
    relu_gradient: how `backward` and `gradient` pass ReLUs, as in renders: "plain", the derivative; "leaky", a tenth where a
        ReLU is off; "redirected" and "unmasked", where the derivative is zero everywhere, what is above zero, or all.
    subtract_mean: False feeds the network 255 times the input, without the mean taken off.
    translation_exact: whether equal patches of a picture give equal activations, so that max-pools meet true ties in the flat
        regions of a photo. False lets forward passes use the faster convolutions of renders, which round by place.
    unit: what derivatives by the picture are taken by: "picture", its values in [0, 1], or "network", 255 times smaller.
    device, precision, threads: the network's where they are not given.

    Inputs are N x 3 x height x width, RGB in [0, 1], or with a start layer N x its channels x its map; a target is N x its
    channels x its map, fp32. Inputs may be of numpy, torch or whatever has __dlpack__; results are of the same library.
    On the GPU that the session computes on they are taken where they lie, fp32, fp16 or bf16, and results are made there. Of
    torch's and CuPy's passes are on the stream that their library works on now, and nothing waits for the host but `gradient` and
    the first pass of each kind and size; of others calls return when all is done. Those elsewhere are brought to the host.
    The first pass of a size plans it; those after it are fast. A session is for one thread at a time: two at once raise
    UsageError.

    >>> import limpid, numpy as np
    >>> session = limpid.Session(limpid.Network(), ["mixed3a", "mixed3b"])
    >>> x = np.full((2, 3, 64, 64), 0.5, np.float32)
    >>> {name: a.shape for name, a in session.forward(x).items()}
    {'mixed3a': (2, 256, 8, 8), 'mixed3b': (2, 480, 8, 8)}
    >>> session.backward({"mixed3b": np.ones((2, 480, 8, 8), np.float32)}).shape
    (2, 3, 64, 64)
    """

    def __init__(
        self,
        network: Network,
        targets: Sequence[str],
        *,
        start: str | None = None,
        backward: bool = True,
        push: bool = False,
        linear: bool = False,
        relu_gradient: str = "plain",
        subtract_mean: bool = True,
        translation_exact: bool = True,
        unit: str = "picture",
        device: str | None = None,
        precision: str | None = None,
        threads: int | None = None,
    ):
        from limpid.network import check_network  # Whose networks have sessions of their own.

        check_network(network)
        if isinstance(targets, str):
            raise UsageError(f"targets is the text '{targets}': give a list of layers")
        self.targets = tuple(targets)
        options: dict[str, Any] = {
            "targets": list(self.targets), "backward": backward, "push": push, "linear": linear,
            "relu_gradient": relu_gradient, "subtract_mean": subtract_mean, "unit": unit,
            "translation_exact": translation_exact, **network._compute(device, precision, threads),
        }  # fmt: skip
        if start is not None:
            options["start"] = start
        self.linear = linear
        self._library = library()
        self._handle = self._library.handle("session_create", network._handle, json.dumps(options).encode())
        self._release = weakref.finalize(self, self._library.session_release, self._handle)
        self._release.atexit = False  # A thread may be inside still.
        device_type, number = ctypes.c_int32(), ctypes.c_int32()
        self._library.session_device(self._handle, ctypes.byref(device_type), ctypes.byref(number))
        self._device = device_type.value, number.value
        self._stream = 0
        self._shapes: dict[tuple[int, int, int], list[tuple[int, ...]]] = {}
        self._input: tuple[int, ...] | None = None
        self._passes = 0

    @property
    def device(self) -> tuple[int, int]:
        """Where it computes, as DLPack numbers devices: (1, 0) is the host, (2, N) is cuda:N."""
        return self._device

    @property
    def passes(self) -> int:
        """How many forward passes there were: what `backward` may be told to go back through."""
        return self._passes

    def target_shapes(self, batch: int, height: int, width: int) -> dict[str, tuple[int, ...]]:
        """N, channels, height and width of every target for an input of so many images of height x width.

        Raises UsageError for an input that is too small. Nothing is computed.
        """
        return dict(zip(self.targets, self._planned(batch, height, width)))

    def forward(self, x: Any, *, outputs: bool = True) -> dict[str, Any]:
        """The targets' activations, by the names they were asked for by; none of them where `outputs` is False, for a pass
        that is made to go back through."""
        place = self._place(x)
        given = place.take(x, "x")
        if not outputs:
            self._library.session_forward(self._handle, given.struct, None, 0)
            self._input, self._passes = given.shape, self._passes + 1
            return {}
        made = [place.room(shape) for shape in self._shapes_for(given.shape)]
        self._library.session_forward(self._handle, given.struct, _tensor.pointers([t for _, t in made]), len(made))
        self._input, self._passes = given.shape, self._passes + 1
        return {name: place.native(output) for name, (output, _) in zip(self.targets, made)}

    def backward(
        self,
        cotangents: Mapping[str, Any] | Sequence[Any],
        *,
        forward_pass: int | None = None,
        shape: tuple[int, int, int, int] | None = None,
    ) -> Any:
        """The vector-Jacobian product at the last forward pass, of the input's shape.

        It is the gradient by the input of the sum over all targets of <cotangent, target>.

        cotangents: by target, or in the targets' order; a target left out, or None, has zeros.
        forward_pass: the number that `passes` had after the pass that is meant. Raises UsageError where there was another
            since.
        shape: the input's. Needed by a linear session, which has no forward pass.
        """
        if forward_pass is not None and forward_pass != self._passes:
            raise UsageError(f"this session has run another forward pass since: {self._passes}, and not {forward_pass}")
        given = by_target(self.targets, cotangents)
        extents = self._input if shape is None else shape
        if extents is None:
            needs = "its input's shape: give shape=(N, 3, height, width)" if self.linear else "a forward pass first"
            raise UsageError(f"backward needs {needs}")
        place = self._place(next((c for c in given if c is not None), None))
        tensors = [None if c is None else place.take(c, "a cotangent") for c in given]
        gradient, result = place.room(extents)
        self._library.session_backward(self._handle, _tensor.pointers(tensors), len(tensors), result.struct)
        return place.native(gradient)

    def push(self, tangent: Any) -> dict[str, Any]:
        """The Jacobian-vector product at the last forward pass: how the targets change along `tangent`, of the input's
        shape. A linear session needs no forward pass."""
        if self._input is None and not self.linear:
            raise UsageError("push needs a forward pass first")
        place = self._place(tangent)
        given = place.take(tangent, "tangent")
        made = [place.room(shape) for shape in self._shapes_for(self._input or given.shape)]
        self._library.session_push(self._handle, given.struct, _tensor.pointers([t for _, t in made]), len(made))
        return {name: place.native(output) for name, (output, _) in zip(self.targets, made)}

    def gradient(self, x: Any, objective: str) -> tuple[Any, Any]:
        """The value of an objective ("mixed4a:11 - 0.1*mixed4b:3") for each image, N of fp64, and its gradient, of the
        input's shape. The last forward pass stays as it was. For an input on the GPU that is neither torch's nor CuPy's the
        values are numpy's."""
        check_objective(objective)
        place = self._place(x)
        given = place.take(x, "x")
        values = np.zeros(given.shape[0] if given.shape else 0, np.float64)
        gradient, result = place.room(given.shape)
        to = values.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        self._library.session_gradient(self._handle, given.struct, objective.encode(), to, len(values), result.struct)
        return place.values(values), place.native(gradient)

    def _place(self, x: Any) -> _places.Place:
        """Where a call's tensors lie, of which `x` is one; the session goes on on their stream."""
        place: _places.Place = _places.OnHost(x)
        if self._device[0] == CUDA:
            if _places.device_of(x) == self._device:
                place = _places.OnDevice(x, self._device)
            if place.stream or self._stream:  # A handle may be another stream than when it was last given.
                self._library.session_set_stream(self._handle, place.stream or None)
                self._stream = place.stream
        return place

    def _shapes_for(self, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        if len(shape) != 4:
            raise UsageError(f"x has {len(shape)} dimensions, and not N x channels x height x width")
        return self._planned(shape[0], shape[2], shape[3])

    def _planned(self, batch: int, height: int, width: int) -> list[tuple[int, ...]]:
        shapes = self._shapes.get((batch, height, width))
        if shapes is None:
            shapes = []
            for target in range(len(self.targets)):
                shape = (ctypes.c_int64 * 4)()
                self._library.session_target_shape(self._handle, target, batch, height, width, shape)
                shapes.append(tuple(shape))
            self._shapes[batch, height, width] = shapes
        return shapes

    def __repr__(self) -> str:
        return f"limpid.Session({', '.join(self.targets)})"
