"""limpid in PyTorch: activations of a network as a module, differentiated like any other, and pictures to optimise.

Imported as `limpid.torch`, or by `import limpid.torch`; `import limpid` alone does not import torch.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch import library

from limpid import _tensor
from limpid._dlpack import CUDA
from limpid._errors import UsageError
from limpid._fork import Lock
from limpid._torch_image import Image
from limpid.network import Network
from limpid.session import Session

__all__ = ["Features", "Image"]


def _mark(x: torch.Tensor) -> tuple[Any, ...]:
    """What tells an input from every other, as long as it is alive and not written to."""
    return x.data_ptr(), x.shape, x.stride(), None if x.is_inference() else x._version


class _Engine:
    """A session that goes back through the pass of the input it is given: of the last one, or of one made again."""

    def __init__(self, session: Session):
        self.session = session
        self.recomputed = 0
        self._turn = Lock()
        # The last pass's input: its mark, and itself, so that no other is given its address.
        self._last: tuple[tuple[Any, ...], torch.Tensor] | None = None

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        with self._turn:
            return list(self._pass(x).values())

    def backward(self, x: torch.Tensor, cotangents: Sequence[torch.Tensor | None]) -> torch.Tensor:
        with self._turn:
            if self._last is None or self._last[0] != _mark(x):
                self._pass(x, outputs=False)
                self.recomputed += 1
            given = [None if c is None else c.detach() for c in cotangents]
            gradient = self.session.backward(given)
            return gradient if isinstance(gradient, torch.Tensor) else torch.utils.dlpack.from_dlpack(gradient)

    def _pass(self, x: torch.Tensor, outputs: bool = True) -> dict[str, torch.Tensor]:
        self._last = None
        seen = x.detach()
        made = self.session.forward(seen, outputs=outputs)
        self._last = _mark(x), seen
        return made


# Operators name a session by a number, for their arguments are tensors and numbers. Modules, and graphs that go back through
# one, keep it alive.
_engines: weakref.WeakValueDictionary[int, _Engine] = weakref.WeakValueDictionary()
_numbers = itertools.count(1)


@library.custom_op("limpid::features", mutates_args=(), device_types=("cpu", "cuda"), schema="(Tensor x, int engine) -> Tensor[]")
def _features(x: torch.Tensor, engine: int) -> list[torch.Tensor]:
    return _engines[engine].forward(x)


@library.custom_op("limpid::features_backward", mutates_args=(), device_types=("cpu", "cuda"),
                         schema="(Tensor?[] cotangents, Tensor x, int engine) -> Tensor")  # fmt: skip
def _features_backward(cotangents: list[torch.Tensor | None], x: torch.Tensor, engine: int) -> torch.Tensor:
    return _engines[engine].backward(x, cotangents)


@_features.register_fake
def _(x: torch.Tensor, engine: int) -> list[torch.Tensor]:
    batch, _, height, width = (int(extent) for extent in x.shape)
    shapes = _engines[int(engine)].session.target_shapes(batch, height, width)
    return [x.new_empty(shape) for shape in shapes.values()]


@_features_backward.register_fake
def _(cotangents: list[torch.Tensor | None], x: torch.Tensor, engine: int) -> torch.Tensor:
    return x.new_empty(x.shape)


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    x, ctx.engine = inputs
    ctx.kept = _engines.get(int(ctx.engine))
    ctx.save_for_backward(x)


def _backward(ctx: Any, cotangents: list[torch.Tensor | None]) -> tuple[torch.Tensor, None]:
    (x,) = ctx.saved_tensors
    return _features_backward(list(cotangents), x, ctx.engine), None


def _second(ctx: Any, gradient: torch.Tensor) -> None:
    raise UsageError("limpid has first derivatives alone: the gradient of Features cannot be differentiated again")


_features.register_autograd(_backward, setup_context=_save)
_features_backward.register_autograd(_second)


@_features.register_vmap
def _(info: Any, dims: Any, x: torch.Tensor, engine: int) -> Any:
    """One pass of all pictures."""
    x = x.movedim(dims[0], 0)
    made = _features(x.flatten(0, 1), engine)
    return [output.unflatten(0, x.shape[:2]) for output in made], [0] * len(made)


@_features_backward.register_vmap
def _(info: Any, dims: Any, cotangents: list[torch.Tensor | None], x: torch.Tensor, engine: int) -> Any:
    """One pass of all pictures; of the same pictures, one after another through the same forward pass."""
    count = info.batch_size
    each = [None if c is None else c.expand(count, *c.shape) if dim is None else c.movedim(dim, 0)
            for c, dim in zip(cotangents, dims[0])]  # fmt: skip
    if dims[1] is None:
        made = [_features_backward([c if c is None else c[i] for c in each], x, engine) for i in range(count)]
        return torch.stack(made), 0
    x = x.movedim(dims[1], 0)
    gradient = _features_backward([c if c is None else c.flatten(0, 1) for c in each], x.flatten(0, 1), engine)
    return gradient.unflatten(0, x.shape[:2]), 0


class Features(torch.nn.Module):
    """Layers of a network for pictures: a module without parameters, differentiable by its input.

    layers: by any of their names; "mixed4d:pre" is one before its ReLU.  start: the layer whose activations the input is;
    None for the picture.  options: as of `limpid.Session`.

    Called with x, N x 3 x height x width in [0, 1], on any device and of any floating-point type, it returns a dict of N x
    channels x the layer's map, fp32, on x's device. It computes where its network does, on a GPU on torch's current stream where
    x is there; else x goes through the host. Any number of forward passes may be
    under way: `backward` makes its own again where another one came between. First derivatives alone. `torch.vmap` and
    pickle know it, and so does `torch.compile`; `torch.func.grad` does not, as no operator that is made in Python.

    >>> import limpid, torch
    >>> features = limpid.torch.Features(limpid.Network(), ["mixed3a", "logits"])
    >>> x = torch.full((1, 3, 64, 64), 0.5, requires_grad=True)
    >>> features(x)["mixed3a"].square().mean().backward()
    >>> x.grad.shape
    torch.Size([1, 3, 64, 64])
    """

    def __init__(self, network: Network, layers: Sequence[str], *, start: str | None = None, **options: Any):
        super().__init__()
        session = Session(network, layers, start=start, **options)
        self.layers = session.targets
        self._made_of = network, self.layers, start, options
        self._open(session)

    def _open(self, session: Session) -> None:
        self._engine = _Engine(session)
        self._number = next(_numbers)
        _engines[self._number] = self._engine

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        if not isinstance(x, torch.Tensor):
            raise UsageError(f"x is a {type(x).__name__}, and here it is a tensor of torch's")
        if not x.is_floating_point():
            raise _tensor.refusal("x", x.dtype)
        there = x.device.type == "cuda" and (CUDA, x.device.index) == self._engine.session.device
        made = torch.ops.limpid.features(x.to(x.device if there else "cpu", torch.float32), self._number)
        return {name: output.to(x.device) for name, output in zip(self.layers, made)}

    def __getstate__(self) -> Any:
        state = self.__dict__.copy()
        for name in ("_engine", "_number"):
            del state[name]
        return state

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        network, layers, start, options = self._made_of
        self._open(Session(network, layers, start=start, **options))

    def extra_repr(self) -> str:
        return ", ".join(self.layers)
