"""The model that lucent's calls are given: limpid's network as a module, under lucent's names for its layers."""

from __future__ import annotations

import re
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


def layer_names(network: Network) -> list[str]:
    """lucent's names for the layers of a network, in forward order."""
    names = []
    for name in network.layers(224):
        if _CONVOLUTION.fullmatch(name):
            names.append(name + "_pre_relu_conv")
        if name not in _FUNCTIONS:
            names.append(_LUCENT_NAMES.get(name, name))
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
        self._layers: tuple[str, ...] = ()
        self._features: Features | None = None
        self._pictures: torch.Tensor | None = None
        self._made: dict[str, torch.Tensor] = {}

    def look(self, pictures: torch.Tensor) -> None:
        """pictures: B x 3 x H x W in [0, 1]. Computes nothing yet."""
        self._pictures, self._made = pictures, {}

    def __call__(self, layer: str) -> torch.Tensor:
        if self._pictures is None:
            raise UsageError("the model has seen no picture yet: call model(pictures) before an objective")
        waking = self._leaky and (_CONVOLUTION.fullmatch(layer) or _MODULE.fullmatch(layer))
        name = f"{layer}:pre" if waking else layer
        if name not in self._made:
            if name not in self._layers or self._features is None:
                self._features = Features(self._network, [*self._layers, name])
                self._layers = self._features.layers
            self._made = {**self._features(self._pictures), **self._made}
        made = self._made[name]
        if waking:
            return _LeakyGradient.apply(made)
        return made.flatten(1) if layer in FLAT_LAYERS else made


class InceptionV1(torch.nn.Module):
    """limpid's network where lucent's calls expect its model. It has no parameters in torch.

    Called with pictures as InceptionV1 is fed them in TensorFlow, [-117, 138], it returns the class probabilities, B x
    classes, differentiable. It computes where its network does.

    redirected_ReLU: whether ReLUs that are off pass a tenth of the gradient back, as in lucent: all of them where limpid's
    engine renders, those of the layers an objective names where torch does.
    """

    def __init__(self, network: Network, redirected_ReLU: bool = True):
        super().__init__()
        self.network, self.redirected_ReLU = network, redirected_ReLU
        self._seen, self._classes = Seen(network, redirected_ReLU), Seen(network, False)
        for name in layer_names(network):
            self.add_module(name, torch.nn.Identity())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pictures = (x + 117) / 255
        self._seen.look(pictures)
        self._classes.look(pictures)
        return self._classes("softmax2")

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
