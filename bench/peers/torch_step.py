#!/usr/bin/python3
"""The jobs limpid is measured on, done by eager PyTorch. Prints one JSON line per job.

  torch_step.py gradient --target mixed4a:11 --batch 8 --layout channels_last
  torch_step.py step --style lucent --image 128
  torch_step.py render --weights bvlc.h5 --steps 512
"""

import argparse
import json
import statistics
import sys
import time

import torch

import torch_image
from quiet import OtherLoad, measure
from torch_inception import (
    BVLC_RULES,
    InceptionV1,
    LeakyBackwardRelu,
    Objective,
    RedirectedRelu,
    random_weights,
    read_weights,
)
from torch_lucent import NETWORK_SIZE, make_step

REDIRECTED_UPDATES = 17


def build(arguments, **options):
    weights, rules = read_weights(arguments.weights) if arguments.weights else (random_weights(), BVLC_RULES)
    network = InceptionV1(weights, rules, **options)
    if arguments.layout == "channels_last":
        network = network.to(memory_format=torch.channels_last)
    return network


def laid_out(image, arguments):
    if arguments.layout == "channels_last":
        return image.contiguous(memory_format=torch.channels_last)
    return image


def gradient(arguments):
    """Forward and input gradient alone: truncated at the target, weights frozen, plain ReLU."""
    network = build(arguments)
    objective = Objective(arguments.target)
    generator = torch.Generator().manual_seed(0)
    pixels = 70 * torch.randn(arguments.batch, 3, arguments.size, arguments.size, generator=generator)
    pixels = laid_out(pixels, arguments).requires_grad_()

    def run():
        pixels.grad = None
        objective(network(pixels, objective.layer)).sum().backward()

    return measure(run, arguments.seconds)


def step(arguments):
    """One whole optimisation step, from Fourier coefficients to Adam's update.

    Style "lucent": as lucent runs it, with the whole network, its redirected ReLU and weights that require gradients. Style
    "frozen": the same step as well as eager PyTorch can run it, truncated at the target, frozen, plain ReLU.
    """
    if arguments.style == "lucent":
        network = build(arguments, truncate=False, frozen=False, relu=LeakyBackwardRelu.apply)
    else:
        network = build(arguments)
    objective = Objective(arguments.target)
    image = torch_image.SpectralImage(arguments.batch, arguments.image)
    views = torch_image.view_generator(0)
    return measure(
        make_step(network, objective, image, views, lambda pixels: laid_out(pixels, arguments)), arguments.seconds
    )


def render(arguments):
    """The loop limpid runs, with its parameterisation and views, and the objective it reaches.

    `objective_late` is the mean over the last 32 steps, each at a random view; `objective_plain` is that of the final picture
    as it is.
    """
    plain = build(arguments)
    redirected = build(arguments, relu=RedirectedRelu.apply)
    objective = Objective(arguments.target)
    image = torch_image.SpectralImage(arguments.batch, arguments.size, seed=arguments.seed)
    views = torch_image.view_generator(arguments.seed)
    optimizer = torch.optim.Adam([image.spectrum], lr=0.05)
    values = []

    def value_of(picture, network):
        return objective(network(laid_out(network.network_input(picture), arguments), objective.layer))

    start = time.perf_counter()
    with OtherLoad() as load:
        for update in range(arguments.steps):
            optimizer.zero_grad()
            network = redirected if update < REDIRECTED_UPDATES else plain
            value = value_of(torch_image.fused_view(image(), views), network)
            (-value).sum().backward()
            optimizer.step()
            values.append(value.mean().item())
    elapsed = time.perf_counter() - start
    with torch.no_grad():
        reached = value_of(image(), plain).mean().item()
    return {
        "seconds": round(elapsed, 3),
        "median_ms": round(elapsed / arguments.steps * 1e3, 3),
        "steps": arguments.steps,
        "seed": arguments.seed,
        "objective_late": statistics.fmean(values[-32:]),
        "objective_plain": reached,
        "other_load": round(load.cores, 3),
    }


JOBS = {"gradient": gradient, "step": step, "render": render}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--target", default="mixed4a:11", help="layer, or layer:channel")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--size", type=int, default=NETWORK_SIZE, help="network input of gradient and render")
    parser.add_argument("--image", type=int, default=NETWORK_SIZE, help="picture of step; below 224 it is enlarged to 224")
    parser.add_argument("--layout", choices=("contiguous", "channels_last"), default="contiguous")
    parser.add_argument("--style", choices=("lucent", "frozen"), default="lucent", help="of step")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6, help="of sampling per try")
    parser.add_argument("--steps", type=int, default=512, help="of render")
    parser.add_argument("--seed", type=int, default=0, help="of render")
    parser.add_argument("--weights", help="one of limpid's weights files; random ones without it")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    result = {
        "program": "torch",
        "version": torch.__version__,
        "job": arguments.job,
        "target": arguments.target,
        "batch": arguments.batch,
        "size": arguments.image if arguments.job == "step" else arguments.size,
        "layout": arguments.layout,
        "threads": arguments.threads,
    }
    if arguments.job == "step":
        result["style"] = arguments.style
    result.update(JOBS[arguments.job](arguments))
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
