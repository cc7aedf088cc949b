#!/usr/bin/env python3
"""The optimisation step as lucent runs it: eager fp32 PyTorch, the whole network, five resamplings a step.

  torch_lucent.py --device cuda --layer mixed4a:11
  torch_lucent.py --device cpu --steps 4 --json
"""

import torch
import torch.nn.functional as F

import throughput
import torch_image
from torch_inception import InceptionV1, LeakyBackwardRelu, Objective

NETWORK_SIZE = 224
FEATURES = ("eager", "whole network", "gradients of weights", "transforms one by one")


def make_step(network, objective, image, views, laid_out=lambda pixels: pixels):
    """A function that does one update of `image`: every part of the network runs, whatever the target.

    Pictures below the network's size are enlarged to it, as lucent does. `laid_out` may change the pixels' layout.
    """
    optimizer = torch.optim.Adam([image.spectrum], lr=0.05)

    def step():
        optimizer.zero_grad()
        picture = torch_image.lucent_view(image(), views)
        if image.size < NETWORK_SIZE:
            picture = F.interpolate(picture, size=(NETWORK_SIZE,) * 2, mode="bilinear", align_corners=True)
        pixels = laid_out(network.network_input(picture))
        (-objective(network(pixels, objective.layer)).mean()).backward()
        optimizer.step()
        # As in lucent, the weights' gradients are never cleared: its optimiser knows only the picture's.

    return step


def main():
    arguments = throughput.parse(throughput.argument_parser(__doc__, precisions=("fp32", "tf32")))
    arguments.precision = arguments.precision or "fp32"
    throughput.allow_tf32(arguments.precision == "tf32")
    weights, rules = throughput.load_weights(arguments)
    network = InceptionV1(weights, rules, truncate=False, frozen=False, relu=LeakyBackwardRelu.apply)
    network.to(arguments.device)
    image = torch_image.SpectralImage(arguments.batch, arguments.size, device=arguments.device)
    step = make_step(network, Objective(arguments.layer), image, torch_image.view_generator(0))
    throughput.report("torch as lucent", arguments, step, FEATURES)


if __name__ == "__main__":
    main()
