"""The model that lucent's calls are given: limpid's network as a module, under lucent's names for its layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from limpid._errors import UsageError
from limpid.lucent.objectives import FLAT_LAYERS
from limpid.network import Network
from limpid.torch import Features

# What lucent calls the layers that have other names in limpid. All its names are known to the library, too.
_LUCENT_NAMES = {"logits": "softmax2_pre_activation_matmul", "softmax": "softmax2"}
# Layers of lucent's that have none: they are functions there.
_FUNCTIONS = frozenset({"localresponsenorm0", "localresponsenorm1", "avgpool0"})
# Convolutions, which lucent has before and after the ReLU, and layers that end in ReLUs: those, and modules of them.
_CONVOLUTION = re.compile(r"conv2d\d|mixed\d[a-z]_(1x1|3x3|5x5|3x3_bottleneck|5x5_bottleneck|pool_reduce)")
_MODULE = re.compile(r"mixed\d[a-z]")
_BEFORE_RELU = "_pre_relu_conv"


def layer_names(network: Network) -> list[str]:
    """lucent's names for the layers of a network, in forward order."""
    names = []
    for name in network.layers(224):
        if _CONVOLUTION.fullmatch(name):
            names.append(name + _BEFORE_RELU)
        if name not in _FUNCTIONS:
            names.append(_LUCENT_NAMES.get(name, name))
    return names


def _own_names(network: Network) -> dict[str, str]:
    """From every name that a layer has here to the one that limpid's tables have, so that two names of one are known as such."""
    names = {"labels": "softmax"}
    for name, layer in network.layers(224).items():
        for one in (name, layer.alias, _LUCENT_NAMES.get(name, name)):
            names[one] = name
        if _CONVOLUTION.fullmatch(name):
            names[name + _BEFORE_RELU] = f"{name}:pre"
    return names


class _LeakyGradient(torch.autograd.Function):
    """A ReLU that passes a tenth of the gradient back where it is off."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x < 0)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (off,) = ctx.saved_tensors
        return torch.where(off, 0.1 * gradient, gradient)


class Seen:
    """What the layers make of the pictures last looked at: T of lucent's objectives. Layers that are asked for again are
    computed in one pass.

    leaky: whether a layer's own ReLU passes a tenth of the gradient back where it is off, so that a silent unit wakes.
    """

    def __init__(self, network: Network, leaky: bool):
        self._network, self._leaky = network, leaky
        self._names = _own_names(network)
        self._layers: tuple[str, ...] = ()
        self._features: Features | None = None
        self._pictures: torch.Tensor | None = None
        self._made: dict[str, torch.Tensor] = {}

    def look(self, pictures: torch.Tensor) -> None:
        """pictures: B x 3 x H x W in [0, 1]. Computes nothing yet."""
        self._pictures, self._made = pictures, {}

    def __call__(self, layer: str) -> torch.Tensor:
        return self.all_of([layer])[0]

    def all_of(self, layers: Sequence[str]) -> list[torch.Tensor]:
        """Several, planned together."""
        if self._pictures is None:
            raise UsageError("the model has seen no picture yet: call model(pictures) before an objective")
        sources = [self._source(layer) for layer in layers]
        names = list(dict.fromkeys(name for name, _ in sources))
        more = [name for name in names if name not in self._layers]
        if more or self._features is None:
            self._features = Features(self._network, [*self._layers, *more], translation_exact=False)
            self._layers = self._features.layers
        if any(name not in self._made for name in names):
            self._made = {**self._features(self._pictures), **self._made}
        return [make(self._made[name]) for name, make in sources]

    def _source(self, layer: str) -> tuple[str, Callable[[torch.Tensor], torch.Tensor]]:
        """The target of limpid's that a layer is made of, and how."""
        name = self._names.get(layer.lower(), layer)
        if self._leaky and (_CONVOLUTION.fullmatch(name) or _MODULE.fullmatch(name)):
            return f"{name}:pre", _LeakyGradient.apply
        if name == "softmax":  # The library gives this or what it reads.
            return "logits", lambda logits: logits.flatten(1).softmax(1)
        return name, (lambda made: made.flatten(1)) if name in FLAT_LAYERS else (lambda made: made)

    def __getstate__(self) -> dict[str, Any]:
        # A copy has seen nothing: what was made is of a graph, which is not copied.
        return {**self.__dict__, "_pictures": None, "_made": {}}


class _Layer(torch.nn.Module):
    """A layer's place in the model. It is called with what the layer made, so that hooks on it see that as its output."""

    def forward(self, made: torch.Tensor) -> torch.Tensor:
        return made


class InceptionV1(torch.nn.Module):
    """limpid's network where lucent's calls expect its model. Its one parameter in torch is empty, and says where the module is.

    Its layers are children that may have forward hooks, which see what a layer made, and cannot change it. Called with pictures as InceptionV1 is fed them in TensorFlow, [-117, 138], it returns the class probabilities, B x
    classes, differentiable. It computes where its network does.

    redirected_ReLU: whether ReLUs that are off pass a tenth of the gradient back, as in lucent: all of them where limpid's
    engine renders, those of the layers an objective names where torch does.
    """

    def __init__(self, network: Network, redirected_ReLU: bool = True):
        super().__init__()
        self.network, self.redirected_ReLU = network, redirected_ReLU
        self._seen, self._classes = Seen(network, redirected_ReLU), Seen(network, False)
        self.place = torch.nn.Parameter(torch.empty(0), requires_grad=False)
        for name in layer_names(network):
            self.add_module(name, _Layer())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pictures = (x + 117) / 255
        self._seen.look(pictures)
        self._classes.look(pictures)
        self.run_hooks(self._seen)
        return self._classes("softmax2")

    def hooked(self) -> list[str]:
        """The layers that have forward hooks."""
        return [name for name, child in self.named_children() if child._forward_hooks or child._forward_pre_hooks]

    def run_hooks(self, seen: Seen) -> None:
        """Shows the hooks of layers what these make of the pictures that `seen` looked at last."""
        names = self.hooked()
        for name, made in zip(names, seen.all_of(names)) if names else ():
            if self.get_submodule(name)(made) is not made:
                raise UsageError(f"a hook of layer '{name}' returned something, which no layer after it could see: return nothing")

    def seen(self, layer: str) -> torch.Tensor:
        """A layer's activations for what the module was last called with."""
        return self._seen(layer)


def inceptionv1(
    pretrained: bool = False, progress: bool = True, redirected_ReLU: bool = True, *, network: Network | None = None
) -> InceptionV1:
    """limpid's network as lucent's `inceptionv1`. Its weights are those of `network`, else those that `limpid` takes where
    none are named, whatever `pretrained` says: limpid draws no random weights, and downloads none."""
    return InceptionV1(network if network is not None else Network(), redirected_ReLU)


def as_model(model: Any) -> Any:
    """A limpid.Network as a module, and anything else as it is."""
    return InceptionV1(model) if isinstance(model, Network) else model
