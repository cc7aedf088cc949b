"""InceptionV1 in PyTorch, with the rules of the BVLC weights or of those in one of limpid's files.

The peer that limpid is measured against: what a competent PyTorch user would write. It stops at the target it is given,
its weights may be frozen, and it runs in either memory format.
"""

import math

import torch
import torch.nn.functional as F

MODULES = ("mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b")
BRANCHES = ("1x1", "3x3", "5x5", "pool_reduce")
POOL_AFTER = ("mixed3b", "mixed4e")

# Output channels of 1x1, 3x3_bottleneck, 3x3, 5x5_bottleneck, 5x5, pool_reduce (Szegedy et al. 2015, table 1).
BVLC_WIDTHS = {
    "mixed3a": (64, 96, 128, 16, 32, 32),
    "mixed3b": (128, 128, 192, 32, 96, 64),
    "mixed4a": (192, 96, 208, 16, 48, 64),
    "mixed4b": (160, 112, 224, 24, 64, 64),
    "mixed4c": (128, 128, 256, 24, 64, 64),
    "mixed4d": (112, 144, 288, 32, 64, 64),
    "mixed4e": (256, 160, 320, 32, 128, 128),
    "mixed5a": (256, 160, 320, 32, 128, 128),
    "mixed5b": (384, 192, 384, 48, 128, 128),
}

BVLC_RULES = {
    "padding": "caffe",
    "lrn": {"radius": 2, "alpha": 2e-5, "beta": 0.75, "bias": 1.0},  # alpha multiplies the sum.
    "order": "bgr",
    "mean": (104.0, 117.0, 123.0),
}


def random_weights(seed=0):
    """He-initialised filters and zero biases of the BVLC widths, by layer: (K x C x R x S, K)."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}

    def add(name, k, c, size):
        deviation = math.sqrt(2 / (c * size * size))
        weights[name] = (deviation * torch.randn(k, c, size, size, generator=generator), torch.zeros(k))

    add("conv2d0", 64, 3, 7)
    add("conv2d1", 64, 64, 1)
    add("conv2d2", 192, 64, 3)
    channels = 192
    for module in MODULES:
        one, bottleneck3, three, bottleneck5, five, pool = BVLC_WIDTHS[module]
        add(f"{module}_1x1", one, channels, 1)
        add(f"{module}_3x3_bottleneck", bottleneck3, channels, 1)
        add(f"{module}_3x3", three, bottleneck3, 3)
        add(f"{module}_5x5_bottleneck", bottleneck5, channels, 1)
        add(f"{module}_5x5", five, bottleneck5, 5)
        add(f"{module}_pool_reduce", pool, channels, 1)
        channels = one + three + five + pool
    add("logits", 1000, channels, 1)
    return weights


def read_weights(path):
    """Weights and rules from one of limpid's weights files."""
    import h5py

    def text(value):
        return value.decode() if isinstance(value, bytes) else str(value)

    weights = {}
    with h5py.File(path, "r") as file:
        attributes = file.attrs
        rules = {
            "padding": text(attributes["padding"]),
            "lrn": None,
            "order": text(attributes["input_order"]),
            "mean": tuple(float(value) for value in attributes["input_mean"]),
        }
        if text(attributes["lrn"]) != "none":
            rules["lrn"] = {key: float(attributes[f"lrn_{key}"]) for key in ("radius", "alpha", "beta", "bias")}
        for name, group in file.items():
            if isinstance(group, h5py.Group) and "filter" in group:
                filter_, bias = (torch.from_numpy(group[part][...]).float() for part in ("filter", "bias"))
                weights[name] = (filter_.reshape(filter_.shape[0], -1, *filter_.shape[2:4]), bias)
    if rules["padding"] == "tf_same":
        raise SystemExit(f"{path}: the PyTorch peer knows 'caffe' and 'symmetric' padding, not 'tf_same'")
    return weights, rules


class InceptionV1(torch.nn.Module):
    """forward(x, target) is the activation of `target` (a stem convolution, a module, "logits" or "softmax").

    `truncate` stops there; otherwise the whole network runs whatever the target, as feature visualisation by forward hooks does.
    `relu` is called on every convolution's output.
    """

    def __init__(self, weights, rules, truncate=True, frozen=True, relu=F.relu_):
        super().__init__()
        self.filters = torch.nn.ParameterDict()
        self.biases = torch.nn.ParameterDict()
        for name, (filter_, bias) in weights.items():
            self.filters[name] = torch.nn.Parameter(filter_.clone(), requires_grad=not frozen)
            self.biases[name] = torch.nn.Parameter(bias.clone(), requires_grad=not frozen)
        self.rules = rules
        self.register_buffer("mean", torch.tensor(rules["mean"]).view(1, 3, 1, 1), persistent=False)
        self.truncate = truncate
        self.relu = relu

    def network_input(self, picture):
        """From an RGB picture in [0, 1] to what the network reads."""
        if self.rules["order"] == "bgr":
            picture = picture.flip(1)
        return picture * 255 - self.mean

    def forward(self, x, target):
        found = None
        for name, layer in self._layers():
            x = layer(x)
            if name == target:
                if self.truncate:
                    return x
                found = x
        if found is None:
            raise KeyError(target)
        return found

    def _conv(self, name, x, stride=1):
        filter_ = self.filters[name]
        return F.conv2d(x, filter_, self.biases[name], stride, filter_.shape[2] // 2)

    def _conv_relu(self, name, x, stride=1):
        return self.relu(self._conv(name, x, stride))

    def _pool(self, x):
        if self.rules["padding"] == "caffe":
            return F.max_pool2d(x, 3, 2, ceil_mode=True)
        return F.max_pool2d(x, 3, 2, padding=1)

    def _lrn(self, x):
        lrn = self.rules["lrn"]
        if lrn is None:
            return x
        size = 2 * int(lrn["radius"]) + 1
        return F.local_response_norm(x, size, alpha=lrn["alpha"] * size, beta=lrn["beta"], k=lrn["bias"])

    def _module(self, name, x):
        three = self._conv_relu(f"{name}_3x3_bottleneck", x)
        five = self._conv_relu(f"{name}_5x5_bottleneck", x)
        return torch.cat(
            (
                self._conv_relu(f"{name}_1x1", x),
                self._conv_relu(f"{name}_3x3", three),
                self._conv_relu(f"{name}_5x5", five),
                self._conv_relu(f"{name}_pool_reduce", F.max_pool2d(x, 3, 1, padding=1)),
            ),
            1,
        )

    def _layers(self):
        """(name, function of the layer before it) of each layer that can be a target, in forward order."""
        layers = [
            ("conv2d0", lambda x: self._conv_relu("conv2d0", x, 2)),
            ("conv2d1", lambda x: self._conv_relu("conv2d1", self._lrn(self._pool(x)))),
            ("conv2d2", lambda x: self._conv_relu("conv2d2", x)),
            (MODULES[0], lambda x: self._module(MODULES[0], self._pool(self._lrn(x)))),
        ]
        for before, module in zip(MODULES, MODULES[1:]):
            if before in POOL_AFTER:
                layers.append((module, lambda x, module=module: self._module(module, self._pool(x))))
            else:
                layers.append((module, lambda x, module=module: self._module(module, x)))
        layers.append(("logits", lambda x: self._conv("logits", x.mean((2, 3), keepdim=True))))
        layers.append(("softmax", lambda x: torch.softmax(x, 1)))
        return layers


class LeakyBackwardRelu(torch.autograd.Function):
    """Lucent's redirected ReLU: a gradient of a tenth where the input is negative, by boolean indexing."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        result = gradient.clone()
        result[x < 0] = gradient[x < 0] * 0.1
        return result


class RedirectedRelu(torch.autograd.Function):
    """Lucid's redirected ReLU: where an image's masked gradient is all zero, that which would push inputs up passes.

    The gradient is that of a loss, so pushing up is a negative gradient.
    """

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        masked = gradient * (x >= 0)
        redirected = gradient * ~((x < 0) & (gradient > 0))
        blocked = masked.flatten(1).norm(dim=1) == 0
        return torch.where(blocked.view(-1, 1, 1, 1), redirected, masked)


class Objective:
    """"mixed4a:11": mean over positions of a channel, per image. "mixed4a": mean of squares of the layer."""

    def __init__(self, text):
        self.layer, _, channel = text.partition(":")
        self.channel = int(channel) if channel else None

    def __call__(self, activation):
        """One value per image."""
        if self.channel is None:
            return activation.square().flatten(1).mean(1)
        return activation[:, self.channel].flatten(1).mean(1)
