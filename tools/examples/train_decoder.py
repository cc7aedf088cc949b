#!/usr/bin/env python3
"""Trains a small decoder on pictures, for `limpid render UNIT --param decoder --decoder FILE`: of a latent of standard normal
numbers it makes a picture like those it has seen, as far as it is able.

  python3 weights/train/pool.py pool --count 6000 --size 128 --seed 11      # pictures that formulas draw
  python3 tools/examples/train_decoder.py pool/pictures.npy -o decoder.h5 --minutes 15
  limpid render mixed4d:11 --param decoder --decoder decoder.h5 --size 128 --network-size 224 -o a.png

A variational autoencoder (Kingma and Welling, 2014) of five layers each way, whose decoder alone is kept. Its error is the mean
absolute one of the picture and of what is lost when it is halved, two and four times: the squared one alone blurs more. Needs
numpy, PyTorch 2 and h5py. On one machine and PyTorch nothing but the seed decides the result where --steps is given.
"""
import argparse
import time

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

PLANES = (64, 64, 48, 32, 16)  # Of the maps, from an eighth of the latent's map on.
BASE = 8  # Height and width of the first; four doublings make 128.
SIZE = BASE * 2 ** (len(PLANES) - 1)


class Decoder(nn.Module):
    """Colours before the sigmoid, N x 3 x SIZE x SIZE, of latents."""

    def __init__(self, latent):
        super().__init__()
        self.dense = nn.Linear(latent, PLANES[0] * BASE * BASE)
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in zip(PLANES, PLANES[1:]))
        self.last = nn.Conv2d(PLANES[-1], 3, 3, 1, 1)

    def forward(self, z):
        x = F.relu(self.dense(z)).view(-1, PLANES[0], BASE, BASE)
        for layer in self.up:
            x = F.relu(layer(x))
        return self.last(x)


class Encoder(nn.Module):
    """Mean and logarithm of the variance of a picture's latent."""

    def __init__(self, latent):
        super().__init__()
        planes = (3, 24, 48, 64, 96)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(planes, planes[1:]))
        self.dense = nn.Linear(planes[-1] * BASE * BASE, 2 * latent)

    def forward(self, x):
        for layer in self.down:
            x = F.leaky_relu(layer(x), 0.2)
        return self.dense(x.flatten(1)).chunk(2, 1)


def difference(a, b):
    """Mean absolute error of pictures and of their details at three sizes."""
    total = (a - b).abs().mean()
    for _ in range(3):
        small_a, small_b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
        total = total + (a - F.interpolate(small_a, scale_factor=2) - b + F.interpolate(small_b, scale_factor=2)).abs().mean()
        a, b = small_a, small_b
    return total + (a - b).abs().mean()


def train(pictures, options):
    torch.manual_seed(options.seed)
    encoder, decoder = Encoder(options.latent), Decoder(options.latent)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.Adam(weights, lr=1e-3, betas=(0.9, 0.95))
    began, step, mean = time.time(), 0, None
    while True:
        part = step / options.steps if options.steps else (time.time() - began) / (60 * options.minutes)
        if part >= 1:
            return decoder
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1, step / 50 + 0.02) * max(0.02, 1 - part)
        rows = torch.randint(len(pictures), (options.batch,))
        x = torch.from_numpy(pictures[rows.sort().values.numpy()]).permute(0, 3, 1, 2).float() / 255
        x = torch.where((torch.rand(options.batch) < 0.5).view(-1, 1, 1, 1), x, x.flip(3))
        mu, logarithm = encoder(x)
        z = mu + torch.exp(0.5 * logarithm) * torch.randn_like(mu)
        far = 0.5 * (mu.square() + logarithm.exp() - 1 - logarithm).sum(1).mean()
        error = difference(torch.sigmoid(decoder(z)), x)
        loss = error + options.prior * far
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        mean = float(error.detach()) if mean is None else 0.98 * mean + 0.02 * float(error.detach())
        if step % 100 == 0:
            print(f"step {step}: error {mean:.4f}, latents {float(far):.1f} nats from the prior, "
                  f"{time.time() - began:.0f} s", flush=True)
        step += 1


def write(decoder, path):
    """The decoder as `read_decoder` (engine/image/decoder.h) has it, in fp16."""
    layers = [("dense", decoder.dense), *(("upconvolution", layer) for layer in decoder.up), ("convolution", decoder.last)]
    with h5py.File(path, "w") as file:
        file.attrs["limpid_decoder"] = np.int32(1)
        file.attrs["latent"] = np.int32(decoder.dense.in_features)
        file.attrs["layers"] = np.int32(len(layers))
        for i, (kind, layer) in enumerate(layers):
            weight, bias = (p.detach().numpy().astype(np.float16) for p in (layer.weight, layer.bias))
            if kind == "dense":
                weight, bias = weight.reshape(-1, BASE, BASE, weight.shape[1]), bias.reshape(-1, BASE, BASE)
            file[f"{i}_{kind}_weight"], file[f"{i}_bias"] = weight, bias


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", help=f"an .npy of N x {SIZE} x {SIZE} x 3 bytes")
    parser.add_argument("-o", "--output", default="decoder.h5")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--steps", type=int, help="in place of minutes")
    parser.add_argument("--latent", type=int, default=128, help="how many numbers a picture is made of")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--prior", type=float, default=3e-4, help="weight of the latents' distance from normal ones")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    pictures = np.load(options.pictures, mmap_mode="r")
    if pictures.ndim != 4 or pictures.shape[1:] != (SIZE, SIZE, 3) or pictures.dtype != np.uint8:
        parser.error(f"{options.pictures} is {pictures.shape} of {pictures.dtype}, not N x {SIZE} x {SIZE} x 3 of uint8")
    write(train(pictures, options), options.output)


if __name__ == "__main__":
    main()
