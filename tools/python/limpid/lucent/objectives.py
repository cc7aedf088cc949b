"""lucent's objectives: losses of what T(layer) gives, to be minimised, with their arithmetic.

Each also says, where limpid has it, what it is in limpid's own terms (`terms`), so that a render of it needs no torch. The
docstrings give the loss; B is the batch, T(layer) is B x channels x the layer's map.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from limpid._errors import UsageError

# From a layer's name to its activations.
Activations = Callable[[str], torch.Tensor]

# Layers that lucent has without a map, as B x classes.
FLAT_LAYERS = frozenset({"labels", "softmax2", "softmax", "logits", "softmax2_pre_activation_matmul"})


@dataclasses.dataclass(frozen=True)
class Term:
    """What a loss adds to the objective that limpid maximises, which sums over a batch where lucent takes the mean.

    weight: for a batch of one. text: limpid's, in which `VECTOR` stands for the name of a file with `vector`.
    summed: lucent too sums it over the batch. least_batch: the least batch it exists for.
    """

    weight: float
    text: str
    vector: np.ndarray | None = None
    summed: bool = False
    least_batch: int = 1

    def times(self, factor: float) -> Term:
        return dataclasses.replace(self, weight=self.weight * factor)


VECTOR = "<vector>"


class Objective:
    """A loss, with a name and a description. Objectives are added, and multiplied and divided by numbers.

    terms: what it is in limpid's terms, but for a constant that is added; None where limpid has no such thing.
    """

    def __init__(
        self,
        objective_func: Callable[[Activations], Any],
        name: str = "",
        description: str = "",
        *,
        terms: tuple[Term, ...] | None = None,
        constant: float = 0.0,
    ):
        self.objective_func = objective_func
        self.name = name
        self.description = description
        self.terms, self.constant = terms, constant

    def __call__(self, model: Activations) -> Any:
        return self.objective_func(model)

    def __add__(self, other: Any) -> Objective:
        if isinstance(other, numbers.Real):
            return Objective(lambda T: other + self(T), self.name, self.description, terms=self.terms,
                             constant=self.constant + float(other))  # fmt: skip
        return Objective.sum([self, other])

    __radd__ = __add__

    @staticmethod
    def sum(objs: Iterable[Objective]) -> Objective:
        """The sum of objectives."""
        objs = list(objs)
        terms: tuple[Term, ...] | None = ()
        for obj in objs:
            of_one = getattr(obj, "terms", None)
            terms = None if terms is None or of_one is None else (*terms, *of_one)
        description = "Sum(" + " +\n".join(obj.description for obj in objs) + ")"
        return Objective(lambda T: sum(obj(T) for obj in objs), ", ".join(obj.name for obj in objs), description,
                         terms=terms, constant=sum(getattr(obj, "constant", 0.0) for obj in objs))  # fmt: skip

    def __neg__(self) -> Objective:
        return self * -1

    def __sub__(self, other: Any) -> Objective:
        difference: Objective = self + -1 * other
        return difference

    def __mul__(self, factor: Any) -> Objective:
        if not isinstance(factor, numbers.Real):
            raise TypeError(f"Can only multiply by int or float. Received type {type(factor)}")
        terms = None if self.terms is None else tuple(term.times(float(factor)) for term in self.terms)
        return Objective(lambda T: factor * self(T), self.name, self.description, terms=terms,
                         constant=float(factor) * self.constant)  # fmt: skip

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Objective:
        if not isinstance(divisor, numbers.Real):
            raise TypeError(f"Can only divide by int or float. Received type {type(divisor)}")
        return self * (1 / divisor)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 15 and "\n" not in text else "..."


def wrap_objective(terms: Callable[..., tuple[Term, ...] | None] | None = None) -> Callable[..., Any]:
    """Makes of a function that returns a loss one that returns an Objective, named and described by its arguments.

    terms: given the same arguments, what the objective is in limpid's terms.
    """

    def wrap(function: Callable[..., Any]) -> Callable[..., Objective]:
        @functools.wraps(function)
        def made(*args: Any, **kwargs: Any) -> Objective:
            bound = inspect.signature(function).bind(*args, **kwargs)
            bound.apply_defaults()
            described = f"{function.__name__.title()} [{', '.join(map(_shown, bound.arguments.values()))}]"
            native = terms(*bound.args, **bound.kwargs) if terms else None
            return Objective(function(*args, **kwargs), function.__name__, described, terms=native)

        return made

    return wrap


def handle_batch(batch: int | None = None) -> Callable[..., Any]:
    """Has a loss see one picture of the batch alone."""

    if not isinstance(batch, int):
        return lambda loss: loss

    def of_one(T: Activations) -> Activations:
        return lambda layer: T(layer)[batch : batch + 1]

    return lambda loss: lambda T: loss(of_one(T))


def _at(acts: torch.Tensor, x: int | None, y: int | None) -> torch.Tensor:
    """One position of a map, as 1 x 1; the centre where nothing is said: of an even number the second of the two."""
    y = acts.shape[2] // 2 if y is None else y
    x = acts.shape[3] // 2 if x is None else x
    return acts[:, :, y : y + 1, x : x + 1]


# ---- What they are in limpid's terms -----------------------------------------------------------------------------------


def _position(x: int | None, y: int | None) -> str | None:
    """As limpid writes it; None where only one coordinate is known."""
    if x is None and y is None:
        return "@c"
    return f"@{int(y)},{int(x)}" if x is not None and y is not None else None


def _whole_batch(batch: int | None) -> bool:
    return not isinstance(batch, int)


def _vector(values: Any) -> np.ndarray | None:
    """A vector of a layer's channels."""
    array = torch.as_tensor(values).detach().cpu().numpy().astype(np.float32)
    return array.reshape(-1) if array.size == max(array.shape, default=0) else None


def _channel_terms(layer: str, n_channel: int, batch: int | None) -> tuple[Term, ...] | None:
    whole = _whole_batch(batch) and isinstance(n_channel, (int, np.integer)) and n_channel >= 0
    return (Term(1.0, f"{layer}:{int(n_channel)}"),) if whole else None


def _neuron_terms(layer: str, n_channel: int, x: int | None, y: int | None, batch: int | None) -> Any:
    at, channels = _position(x, y), _channel_terms(layer, n_channel, batch)
    if at is None or channels is None or layer in FLAT_LAYERS:
        return None
    return (dataclasses.replace(channels[0], text=channels[0].text + at),)


def _direction_terms(kind: str, layer: str, values: Any, at: str | None, batch: int | None, mean: bool) -> Any:
    """`kind` is limpid's: "cosine", or "dir", the dot product, of which lucent takes the mean over channels."""
    vector = None if values is None else _vector(values)
    if vector is None or at is None or not _whole_batch(batch) or layer in FLAT_LAYERS:
        return None
    return (Term(1 / len(vector) if mean else 1.0, f"{kind}({layer}, {VECTOR}){at}", vector),)


# ---- lucent's objectives -----------------------------------------------------------------------------------------------


@wrap_objective(_channel_terms)
def channel(layer: str, n_channel: int, batch: int | None = None) -> Any:
    """-mean of T(layer)[:, n_channel]."""
    return handle_batch(batch)(lambda T: -T(layer)[:, n_channel].mean())


@wrap_objective(_neuron_terms)
def neuron(layer: str, n_channel: int, x: int | None = None, y: int | None = None, batch: int | None = None) -> Any:
    """-mean of T(layer)[:, n_channel, y, x]: one position, the centre where x and y are not given."""
    return handle_batch(batch)(lambda T: -_at(T(layer), x, y)[:, n_channel].mean())


@wrap_objective(lambda layer, weight, batch: _direction_terms("dir", layer, weight, "", batch, mean=True))
def channel_weight(layer: str, weight: torch.Tensor, batch: int | None = None) -> Any:
    """-mean of T(layer) times a weight for each channel."""
    return handle_batch(batch)(lambda T: -(T(layer) * weight.view(1, -1, 1, 1)).mean())


@wrap_objective(lambda layer, weight, x, y, batch: _direction_terms("dir", layer, weight, _position(x, y), batch, mean=True))
def neuron_weight(
    layer: str, weight: torch.Tensor | None, x: int | None = None, y: int | None = None, batch: int | None = None
) -> Any:
    """The same at one position; without weights the mean over channels."""

    def loss(T: Activations) -> torch.Tensor:
        acts = _at(T(layer), x, y)
        return -(acts if weight is None else acts * weight.view(1, -1, 1, 1)).mean()

    return handle_batch(batch)(loss)


@wrap_objective()
def localgroup_weight(
    layer: str,
    weight: torch.Tensor | None = None,
    x: int | None = None,
    y: int | None = None,
    wx: int = 1,
    wy: int = 1,
    batch: int | None = None,
) -> Any:
    """The same over the box of wy x wx positions that begins at (y, x)."""
    if x is None or y is None:
        raise UsageError("localgroup_weight needs x and y, where its box begins")

    def loss(T: Activations) -> torch.Tensor:
        acts = T(layer)[:, :, y : y + wy, x : x + wx]
        return -(acts if weight is None else acts * weight.view(1, -1, 1, 1)).mean()

    return handle_batch(batch)(loss)


@wrap_objective(lambda layer, direction, batch: _direction_terms("cosine", layer, direction, "", batch, mean=False))
def direction(layer: str, direction: torch.Tensor, batch: int | None = None) -> Any:
    """-mean over positions of the cosine between the channels there and a direction."""
    return handle_batch(batch)(lambda T: -F.cosine_similarity(direction.reshape(1, -1, 1, 1), T(layer)).mean())


@wrap_objective(
    lambda layer, direction, x, y, batch: _direction_terms("cosine", layer, direction, _position(x, y), batch, mean=False)
)
def direction_neuron(
    layer: str, direction: torch.Tensor, x: int | None = None, y: int | None = None, batch: int | None = None
) -> Any:
    """The same at one position, the centre where x and y are not given."""

    def loss(T: Activations) -> torch.Tensor:
        return -F.cosine_similarity(direction.reshape(1, -1, 1, 1), _at(T(layer), x, y)).mean()

    return handle_batch(batch)(loss)


def _blurred(images: torch.Tensor) -> torch.Tensor:
    """The weighted mean over the 3 x 3 pixels around one that lie in the picture: 1 itself, 0.5 the others."""
    planes = images.shape[1]
    weights = torch.full((planes, 1, 3, 3), 0.5, device=images.device, dtype=images.dtype)
    weights[:, :, 1, 1] = 1

    def add(x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, weights, padding=1, groups=planes)

    return add(images) / add(torch.ones_like(images))


@wrap_objective(lambda: (Term(1.0, "blur", summed=True),))
def blur_input_each_step() -> Any:
    """-0.5 times the sum of squares by which the picture differs from its blurred self, which counts as a constant.

    Minus k times this, minimised, moves the picture by k of the way to its blurred self.
    """

    def loss(T: Activations) -> torch.Tensor:
        images = T("input")
        with torch.no_grad():
            blurred = _blurred(images)
        return -0.5 * (images - blurred).square().sum()

    return loss


def _interpolate_terms(layer1: str, n_channel1: int, layer2: str, n_channel2: int) -> tuple[Term, ...]:
    return (Term(1.0, f"mix({layer1}:{int(n_channel1)}, {layer2}:{int(n_channel2)})", summed=True, least_batch=2),)


@wrap_objective(_interpolate_terms)
def channel_interpolate(layer1: str, n_channel1: int, layer2: str, n_channel2: int) -> Any:
    """-sum over the batch of a channel's mean, going over from the first channel to the second along the batch."""

    def loss(T: Activations) -> torch.Tensor:
        first = T(layer1)[:, n_channel1].flatten(1).mean(1)
        second = T(layer2)[:, n_channel2].flatten(1).mean(1)
        share = torch.linspace(0, 1, len(first), device=first.device)
        return -((1 - share) * first + share * second).sum()

    return loss


@wrap_objective(
    lambda layer, decay_ratio: (Term(1.0, f"align({layer})", summed=True, least_batch=2),) if decay_ratio == 2 else None
)
def alignment(layer: str, decay_ratio: float = 2) -> Any:
    """Sum for d = 1..4, over all pairs of pictures d apart in the batch, of the mean square by which their activations
    differ, over decay_ratio^d."""

    def loss(T: Activations) -> Any:
        acts = T(layer)
        apart = [(acts[d:] - acts[:-d]).square().flatten(1).mean(1).sum() / decay_ratio**d
                 for d in (1, 2, 3, 4) if d < len(acts)]  # fmt: skip
        return sum(apart)

    return loss


@wrap_objective(lambda layer: (Term(-1.0, f"diversity({layer})", least_batch=2),))
def diversity(layer: str) -> Any:
    """-mean over the batch of the sum over the others of the cosine between their Gram matrices and its own.

    Minimised, this makes the pictures alike: a negative factor makes them differ, as lucent's.
    """

    def loss(T: Activations) -> torch.Tensor:
        flat = T(layer).flatten(2)
        grams = F.normalize((flat @ flat.mT).flatten(1), dim=1)
        return -((grams @ grams.mT).sum() - grams.square().sum()) / len(grams)

    return loss


def as_objective(obj: Any) -> Any:
    """An objective as it is, and any other callable; of a text, "layer:n", the objective channel(layer, n)."""
    if callable(obj):
        return obj
    layer, colon, number = str(obj).rpartition(":")
    if not isinstance(obj, str) or not colon or not number.strip().isdigit():
        raise UsageError(f"an objective is a text such as 'mixed4a:11', an Objective or a function, and not {obj!r}")
    return channel(layer.strip(), int(number))
