#!/usr/bin/env python3
"""Renders a unit with a denoiser as the prior: a small network that has learnt to take noise off pictures pulls the picture towards
what it takes for one.

  python3 weights/train/pool.py pool --count 2000 --size 128 --seed 11
  python3 tools/examples/denoiser_prior.py mixed4a:33 pool/pictures.npy -o denoised.png

A step climbs the objective and goes along R(x) - x, where R is the denoiser (Nguyen and others, "Plug & Play Generative Networks",
2017; Romano and others, "The Little Engine That Could: Regularization by Denoising", 2017, whose gradient needs no pass back through R).
The sheet has the picture without it at the left, with it at the right; what in it comes of the denoiser's training cannot be
told from what comes of the network. Needs PyTorch.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import nn

import limpid

PLANES = 24
NOISE = 0.1  # Deviation of what is taken off, of pictures in [0, 1].


def denoiser_of(pictures: np.ndarray, steps: int) -> nn.Module:
    """Predicts the noise of parts of pictures, five convolutions of 3 x 3; what it returns gives the picture without."""
    layers: list[nn.Module] = [nn.Conv2d(3, PLANES, 3, padding=1)]
    for _ in range(3):
        layers += [nn.ReLU(), nn.Conv2d(PLANES, PLANES, 3, padding=1)]
    model = nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(PLANES, 3, 3, padding=1))
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    side = min(48, *pictures.shape[1:3])
    for _ in range(steps):
        rows = torch.randint(len(pictures), (16,)).numpy()
        top, left = (int(torch.randint(extent - side + 1, ())) for extent in pictures.shape[1:3])
        part = pictures[rows, top : top + side, left : left + side]
        clean = torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255
        noise = NOISE * torch.randn_like(clean)
        optimiser.zero_grad()
        (model(clean + noise) - noise).square().mean().backward()
        optimiser.step()
    return model.eval()


def render(net: limpid.Network, unit: str, size: int, steps: int, model: nn.Module | None, weight: float) -> np.ndarray:
    layer, channel = unit.split(":")[0], int(unit.split(":")[1])
    features = limpid.torch.Features(net, [layer], translation_exact=False)
    torch.manual_seed(1)
    image = limpid.torch.Image(size=size)
    optimiser = torch.optim.Adam(image.parameters(), lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        x = image()
        loss = -features(image.view(x))[layer][:, channel].mean()
        if model is not None:
            with torch.no_grad():
                pull = model(x)  # x - R(x)
            loss = loss + weight * (x * pull).sum()
        loss.backward()
        optimiser.step()
    return image.picture()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unit", help="LAYER:CHANNEL")
    parser.add_argument("pictures", help="an .npy of N x H x W x 3 bytes")
    parser.add_argument("-o", "--output", default="denoised.png")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--training-steps", type=int, default=600)
    parser.add_argument("--weight", type=float, default=0.02, help="of the denoiser beside the objective")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = denoiser_of(np.load(options.pictures, mmap_mode="r"), options.training_steps)
    net = limpid.Network()
    sides = [render(net, options.unit, options.size, options.steps, prior, options.weight) for prior in (None, model)]
    limpid.write_picture(options.output, np.concatenate(sides, axis=1))


if __name__ == "__main__":
    main()
