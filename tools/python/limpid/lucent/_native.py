"""A call of render_vis as a job of limpid's, where it can be one."""

from __future__ import annotations

import dataclasses
import pathlib
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from limpid._errors import InputError, UsageError
from limpid.job import Job
from limpid.lucent import transform
from limpid.lucent.modelzoo import InceptionV1
from limpid.lucent.objectives import VECTOR, Objective, Term
from limpid.lucent.param import Picture

# lucent shows the network pictures that are less than this high or wide at this size.
LUCENT_INPUT = 224


class NotNative(Exception):
    """Why a call is none for limpid's engine alone."""


@dataclasses.dataclass(frozen=True)
class Call:
    """The arguments of render_vis that decide."""

    model: Any
    objective: Any
    parameters: Any
    images: Any
    optimiser: torch.optim.Optimizer
    transforms: Sequence[Any] | None
    steps: int
    preprocess: bool
    fixed_image_size: Any


def _picture(call: Call) -> Picture:
    if not isinstance(call.images, Picture) or not call.images.options:
        raise NotNative("its pictures are other ones than param.image makes of three planes")
    given = list(call.parameters) if isinstance(call.parameters, (list, tuple)) else []
    if len(given) != 1 or given[0] is not call.images.parameters[0]:
        raise NotNative("what is optimised is not what param.image returned")
    return call.images


def _learning_rate(call: Call) -> float:
    usual = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "maximize": False}
    optimiser = call.optimiser
    groups = optimiser.param_groups
    if type(optimiser) is not torch.optim.Adam or len(groups) != 1 or optimiser.state:
        raise NotNative(f"the optimiser is {type(optimiser).__name__} and not a new Adam of one group")
    other = [name for name, value in usual.items() if groups[0].get(name) != value]
    if other:
        raise NotNative(f"Adam has its own {', '.join(other)}")
    return float(groups[0]["lr"])


def _transforms(call: Call) -> str | None:
    """limpid's text; None for the preset's."""
    given, usual = call.transforms, transform.standard_transforms
    if given is None or (len(given) == len(usual) and all(a is b for a, b in zip(given, usual))):
        return None
    texts = [getattr(one, "native", None) or "" for one in given]
    if "" in texts:
        raise NotNative(f"transform {texts.index('') + 1} of {len(texts)} is none that limpid has")
    return "lucent: " + (" ".join(texts) or "none")


def _check_input(call: Call, height: int, width: int) -> None:
    if not call.preprocess:
        raise NotNative("preprocess is False")
    small = min(height, width) < LUCENT_INPUT
    if call.fixed_image_size is not None and not (small and call.fixed_image_size == LUCENT_INPUT):
        raise NotNative(f"fixed_image_size is {call.fixed_image_size}")


def _terms(call: Call, batch: int) -> tuple[Term, ...]:
    terms = call.objective.terms if isinstance(call.objective, Objective) else None
    if not terms:
        raise NotNative("the objective is none that limpid has")
    if any(term.least_batch > batch for term in terms):
        raise NotNative(f"the objective needs a batch of {max(term.least_batch for term in terms)}")
    return terms


def _objective(terms: Sequence[Term], batch: int, folder: pathlib.Path) -> str:
    """limpid's text; vectors are written into the folder."""
    text = ""
    for number, term in enumerate(terms):
        name = folder / f"{number}.npy"
        if term.vector is not None:
            np.save(name, term.vector)
        weight = term.weight * (batch if term.summed else 1)
        quoted = str(name).replace("'", "''")
        sign = ("-" if weight < 0 else "") if not text else (" - " if weight < 0 else " + ")
        factor = "" if abs(weight) == 1 else f"{abs(weight)!r}*"
        text += sign + factor + term.text.replace(VECTOR, f"'{quoted}'")
    return text


class NativeRender:
    """A render by limpid's engine, from the values that the parameters in torch have, and back into them.

    loss: lucent's, as the last step began. text, job: what the engine was asked for.
    """

    def __init__(self, call: Call):
        """Raises NotNative with the reason where there is no such render."""
        model = call.model
        if not isinstance(model, InceptionV1):
            raise NotNative("the model is torch's own")
        if model.hooked():
            raise NotNative(f"layer '{model.hooked()[0]}' of the model has hooks")
        self._picture = _picture(call)
        shape = self._picture.options
        terms = _terms(call, shape["images"])
        _check_input(call, *shape["size"])
        options = {
            **shape,
            "preset": "lucent",
            "transforms": _transforms(call),
            "learning_rate": _learning_rate(call),
            "steps": call.steps,
            "relu_gradient": None if model.redirected_ReLU else "plain",
        }
        self._shape, self._constant = (*shape["size"], shape["images"]), call.objective.constant
        generator = torch.get_rng_state()
        options["seed"] = int(torch.randint(2**62, ()))
        with tempfile.TemporaryDirectory(prefix="limpid-") as folder:
            self.text = _objective(terms, shape["images"], pathlib.Path(folder))
            try:
                job = Job(model.network, self.text, **options)
            except (UsageError, InputError) as error:  # What is asked for is none of limpid's. Other failures are failures.
                torch.set_rng_state(generator)  # What is rendered in torch draws what lucent would.
                raise NotNative(str(error)) from None
            job.parameters = self._coefficients().reshape(job.parameters.shape)
            self._job = job
        self.job = {name: value for name, value in options.items() if value is not None}

    def step(self) -> None:
        """Takes one step."""
        self._job.step()

    @property
    def loss(self) -> float:
        constant: float = self._constant
        return constant - self._job.objective

    @property
    def images(self) -> np.ndarray:
        """The pictures as they are, B x H x W x 3."""
        height, width, batch = self._shape
        return np.ascontiguousarray(self._job.image.reshape(height, batch, width, 3).transpose(1, 0, 2, 3))

    def finish(self) -> None:
        """Gives the parameters in torch the values that they have here."""
        parameters = self._picture.parameters[0]
        made = torch.from_numpy(self._job.parameters)
        with torch.no_grad():
            place = self._counting(parameters)
            place.copy_(made.reshape(place.shape))

    def _coefficients(self) -> np.ndarray:
        return self._counting(self._picture.parameters[0].detach()).cpu().numpy()

    def _counting(self, parameters: torch.Tensor) -> torch.Tensor:
        """Without the column that lucent has for an odd width, and that counts for nothing."""
        return parameters[:, :, :, : self._shape[1] // 2 + 1] if parameters.dim() == 5 else parameters


def native_render(call: Call, say: Callable[[str], Any]) -> NativeRender | None:
    """The render of a call by limpid's engine, or None; `say` is told which, and why."""
    try:
        made = NativeRender(call)
    except NotNative as reason:
        say(f"limpid.lucent: rendered in torch, for {reason}")
        return None
    say(f"limpid.lucent: rendered by limpid's engine: {made.text} {made.job}")
    return made
