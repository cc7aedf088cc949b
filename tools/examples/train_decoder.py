#!/usr/bin/env python3
"""Trains a small decoder on pictures, for `limpid render UNIT --param decoder --decoder FILE`: of a map of standard normal
numbers, each for a patch, it makes a picture of patches like those it has seen, as far as it is able.

  python3 weights/train/pool.py pool --count 6000 --size 128 --seed 11      # pictures that formulas draw
  python3 tools/examples/train_decoder.py pool/pictures.npy -o decoder.h5 --minutes 15
  limpid render mixed4d:11 --param decoder --decoder decoder.h5 -o a.png

An autoencoder of convolutions, whose decoder alone is kept; as all of it are convolutions, the pictures may have any size that is a
multiple of 16. Its latents are normalised over the batch and have noise added, so that they are of mean 0 and deviation 1, and a
decoder that is given noise alone makes what it has learnt. The error is the mean absolute one of the picture, of its slopes, and
of both at a half and a quarter of the size: pixels alone blur more. A minute of one core is too little: after 600 steps patches
have edges and spots, but hardly a colour. Needs numpy, PyTorch 2 and h5py. On one machine and PyTorch nothing but the seed decides
the result where --steps is given.
"""
import argparse
import time

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

PLANES = (96, 96, 64, 32, 16)  # A convolution where the latent lies, then of each doubling.
DOUBLINGS = 4
SIZES = ((0.0, 64), (0.9, 128))  # From this share of the training on, parts of pictures of so many pixels.
NOISE = 0.4  # Deviation of what is added to a latent, as a share of it.


class Decoder(nn.Module):
    """Colours before the sigmoid, N x 3 x 16 H x 16 W, of latents N x latent x H x W."""

    def __init__(self, latent):
        super().__init__()
        self.layers = nn.ModuleList()
        inputs = latent
        for i, outputs in enumerate(PLANES):
            up = i >= len(PLANES) - DOUBLINGS
            self.layers.append(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1) if up else nn.Conv2d(inputs, outputs, 3, 1, 1))
            inputs = outputs
        self.last = nn.Conv2d(inputs, 3, 3, 1, 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(planes) for planes in PLANES)

    def forward(self, z):
        for layer, norm in zip(self.layers, self.norms):
            z = F.relu(norm(layer(z)))
        return self.last(z)

    @torch.no_grad()
    def folded(self):
        """Kind, weight and biases of each layer, with the normalisation that follows it."""
        for layer, norm in zip(self.layers, self.norms):
            up = isinstance(layer, nn.ConvTranspose2d)
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            yield ("upconvolution" if up else "convolution", layer.weight * factor.view((1, -1, 1, 1) if up else (-1, 1, 1, 1)),
                   (layer.bias - norm.running_mean) * factor + norm.bias)
        yield "convolution", self.last.weight, self.last.bias


class Encoder(nn.Module):
    """A picture's latent, of mean 0 and deviation 1 over the batch."""

    def __init__(self, latent):
        super().__init__()
        planes = (3, 32, 64, 96, 128)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(planes, planes[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(p) for p in planes[1:])
        self.last = nn.Conv2d(planes[-1], latent, 3, 1, 1)
        self.scaled = nn.BatchNorm2d(latent, affine=False)

    def forward(self, x):
        for layer, norm in zip(self.down, self.norms):
            x = F.leaky_relu(norm(layer(x)), 0.2)
        return self.scaled(self.last(x))


def difference(a, b):
    """Mean absolute error of pictures and of their slopes, at three sizes."""
    error = a - b
    total = 0
    for size in range(3):
        error = F.avg_pool2d(error, 2) if size else error
        slopes = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
        total = total + error.abs().mean() + slopes
    return total


def train(pictures, options):
    torch.manual_seed(options.seed)
    encoder, decoder = (m.to(memory_format=torch.channels_last) for m in (Encoder(options.latent), Decoder(options.latent)))
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.Adam(weights, lr=1e-3, betas=(0.9, 0.98))
    began, step, mean = time.time(), 0, None
    while True:
        part = step / options.steps if options.steps else (time.time() - began) / (60 * options.minutes)
        if part >= 1:
            return decoder
        for group in optimiser.param_groups:
            group["lr"] = 2.5e-3 * min(1, step / 50 + 0.02) * max(0.01, 1 - part)
        size = max(size for share, size in SIZES if part >= share)
        rows = torch.randint(len(pictures), (options.batch,))
        top, left = (int(torch.randint(extent - size + 1, ())) for extent in pictures.shape[1:3])
        x = pictures[rows.sort().values.numpy(), top:top + size, left:left + size]
        x = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 255
        x = torch.where((torch.rand(options.batch) < 0.5).view(-1, 1, 1, 1), x, x.flip(3))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            z = encoder(x).float()
            made = decoder((1 - NOISE**2) ** 0.5 * z + NOISE * torch.randn_like(z))
        loss = difference(torch.sigmoid(made.float()), x)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        mean = float(loss.detach()) if mean is None else 0.98 * mean + 0.02 * float(loss.detach())
        if step % 100 == 0:
            print(f"step {step}: error {mean:.4f}, {time.time() - began:.0f} s", flush=True)
        step += 1


def write(decoder, path):
    """The decoder as `read_decoder` (engine/image/decoder.h) has it, in fp16."""
    with h5py.File(path, "w") as file:
        file.attrs["limpid_decoder"] = np.int32(1)
        file.attrs["latent"] = np.int32(decoder.layers[0].in_channels)
        file.attrs["layers"] = np.int32(len(decoder.layers) + 1)
        for i, (kind, weight, bias) in enumerate(decoder.folded()):
            file[f"{i}_{kind}_weight"] = weight.detach().contiguous().numpy().astype(np.float16)
            file[f"{i}_bias"] = bias.detach().numpy().astype(np.float16)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", help=f"an .npy of N x H x W x 3 bytes, of sides of at least {SIZES[-1][1]}")
    parser.add_argument("-o", "--output", default="decoder.h5")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--steps", type=int, help="in place of minutes")
    parser.add_argument("--latent", type=int, default=16, help="how many numbers a patch is made of")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    pictures = np.load(options.pictures, mmap_mode="r")
    if pictures.ndim != 4 or pictures.shape[3] != 3 or pictures.dtype != np.uint8 or min(pictures.shape[1:3]) < SIZES[-1][1]:
        parser.error(f"{options.pictures} is {pictures.shape} of {pictures.dtype}, not N x H x W x 3 of uint8 with sides of at "
                     f"least {SIZES[-1][1]}")
    write(train(pictures, options), options.output)


if __name__ == "__main__":
    main()
