#!/usr/bin/env python3
"""Where the gates of engine_parity_test.cpp come from: the network in PyTorch, rounded as a GPU rounds it in fp16, bf16 and tf32.

  tests/gpu/emulated_rounding.py weights/default.h5 [--size 96] [--pictures 5]

Weights, biases, and everything that is stored are rounded to the precision, gradients (times limpid's factor in fp16) too; sums are
fp32. In tf32 the operands of products are rounded alone. Printed for each layer, as the median over pictures of the relative error in L2:

  values     of the layer, against fp32
  along      of the picture's gradient, against double precision with the same rounded weights, along the rounded network's own ReLU
             masks and max-pool choices: what is left is rounding
  free       of the picture's gradient, against fp32's with choices of its own: what a user sees
  cosine     the least of the angles between those two

The objective is the sum of the layer under random weights between 0 and 1/256.
"""

import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "peers"))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch_inception import InceptionV1, read_weights  # noqa: E402

LAYERS = ("conv2d0", "conv2d2", "mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b")
GRADIENT_SCALE = {torch.float16: 4096.0, torch.bfloat16: 1.0}


def to_tf32(x):
    """Ten bits of mantissa, to the nearest even."""
    bits = x.contiguous().view(torch.int32)
    return ((bits + 0x0FFF + ((bits >> 13) & 1)) & ~0x1FFF).view(torch.float32)


class Stored(torch.autograd.Function):
    """A value and its gradient, as they are kept in memory."""

    @staticmethod
    def forward(context, x, dtype):
        context.dtype = dtype
        return x.to(dtype).to(x.dtype)

    @staticmethod
    def backward(context, gradient):
        scale = GRADIENT_SCALE[context.dtype]
        return (gradient * scale).to(context.dtype).to(gradient.dtype) / scale, None


class Tf32Conv(torch.autograd.Function):
    @staticmethod
    def forward(context, x, filter_, bias, stride, padding):
        context.save_for_backward(filter_)
        context.rest = (x.shape, stride, padding)
        return F.conv2d(to_tf32(x), to_tf32(filter_), bias, stride, padding)

    @staticmethod
    def backward(context, gradient):
        (filter_,) = context.saved_tensors
        shape, stride, padding = context.rest
        dx = torch.nn.grad.conv2d_input(shape, to_tf32(filter_), to_tf32(gradient), stride, padding)
        return dx, None, None, None, None


class Choosing(InceptionV1):
    """Writes its choices down, or makes those it is given."""

    def __init__(self, weights, rules, precision="fp32"):
        self.dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision)
        self.tf32 = precision == "tf32"
        if self.dtype:
            weights = {name: tuple(part.to(self.dtype).float() for part in parts) for name, parts in weights.items()}
        super().__init__(weights, rules, relu=F.relu)
        self.made, self.given = [], None

    def stored(self, x):
        return Stored.apply(x, self.dtype) if self.dtype else x

    def choose(self, choice):
        """The next choice that is given, else this one, which is written down."""
        if self.given is None:
            self.made.append(choice())
            return self.made[-1]
        return self.given.pop(0)

    def network_input(self, picture):
        return self.stored(super().network_input(picture))

    def _conv(self, name, x, stride=1):
        if not self.tf32:
            return super()._conv(name, x, stride)
        filter_ = self.filters[name]
        return Tf32Conv.apply(x, filter_, self.biases[name], stride, filter_.shape[2] // 2)

    def _conv_relu(self, name, x, stride=1):
        x = self._conv(name, x, stride)
        return self.stored(x * self.choose(lambda: x.detach() > 0))

    def _pooled(self, x, **options):
        indices = self.choose(lambda: F.max_pool2d(x.detach(), 3, return_indices=True, **options)[1])
        return x.flatten(2).gather(2, indices.flatten(2)).view(indices.shape)

    def _pool(self, x):
        if self.rules["padding"] == "caffe":
            return self._pooled(x, stride=2, ceil_mode=True)
        return self._pooled(x, stride=2, padding=1)

    def _lrn(self, x):
        return self.stored(super()._lrn(x))

    def _module(self, name, x):
        three = self._conv_relu(f"{name}_3x3_bottleneck", x)
        five = self._conv_relu(f"{name}_5x5_bottleneck", x)
        return torch.cat(
            (
                self._conv_relu(f"{name}_1x1", x),
                self._conv_relu(f"{name}_3x3", three),
                self._conv_relu(f"{name}_5x5", five),
                self._conv_relu(f"{name}_pool_reduce", self._pooled(x, stride=1, padding=1)),
            ),
            1,
        )

    def look(self, picture, layer, cotangent, given=None):
        """Value and gradient of the picture. With `given`, in double precision along those choices."""
        network = self.double() if given is not None else self.float()
        network.made, network.given = [], given
        x = picture.to(torch.float64 if given is not None else torch.float32).detach().clone().requires_grad_()
        values = network(network.network_input(x), layer)
        (values * cotangent(values)).sum().backward()
        return values.detach().double(), x.grad.double()


def relative(actual, expected):
    return ((actual - expected).norm() / expected.norm()).item()


def exact_of(network, weights, rules):
    """The network in double precision with its weights as it rounded them."""
    exact = Choosing(weights, rules)
    exact.load_state_dict(network.state_dict())
    return exact


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--pictures", type=int, default=5)
    arguments = parser.parse_args()
    weights, rules = read_weights(arguments.weights)
    for layer in LAYERS:
        found = {}
        for seed in range(1, arguments.pictures + 1):
            generator = torch.Generator().manual_seed(seed)
            shape = (1, 3, arguments.size, arguments.size)
            picture = (0.5 + 0.15 * torch.randn(shape, generator=generator)).clamp(0, 1)

            def cotangent(values, seed=seed):
                drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(100 + seed))
                return (drawn / 256).to(values.dtype)  # Far from fp16's ends once scaled.

            plain = Choosing(weights, rules)
            expected = plain.look(picture, layer, cotangent)
            for precision in ("fp32", "tf32", "fp16", "bf16"):
                network = Choosing(weights, rules, precision)
                values, gradient = network.look(picture, layer, cotangent)
                choices = list(network.made)
                _, along = exact_of(network, weights, rules).look(picture, layer, cotangent, choices)
                cosine = F.cosine_similarity(gradient.flatten(), expected[1].flatten(), 0).item()
                errors = found.setdefault(precision, {"values": [], "along": [], "free": [], "cosine": []})
                errors["values"].append(relative(values, expected[0]))
                errors["along"].append(relative(gradient, along))
                errors["free"].append(relative(gradient, expected[1]))
                errors["cosine"].append(cosine)
        for precision, errors in found.items():
            middle = {name: statistics.median(errors[name]) for name in ("values", "along", "free")}
            print(
                f"{layer:8s} {precision}: values {middle['values']:.1e}  along {middle['along']:.1e} "
                f"(most {max(errors['along']):.1e})  free {middle['free']:.1e} (most {max(errors['free']):.1e})  "
                f"cosine {min(errors['cosine']):.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
