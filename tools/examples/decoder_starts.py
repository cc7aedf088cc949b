#!/usr/bin/env python3
"""Renders a unit from diverse pictures that a decoder makes, so that they end in different ways of exciting it.

  python3 tools/examples/decoder_starts.py mixed4d:21 decoder.h5 -o starts.png --size 128 --steps 128

Latents are drawn from the decoder's prior; of the half that excites the unit most, those are taken whose activations are
farthest from each other's (Gonzalez, 1985), and optimised. The sheet has the starts above, the ends below; what in them comes of
the decoder's training cannot be told from what comes of the network. numpy is all that is needed.
"""

from __future__ import annotations

import argparse

import numpy as np

import limpid


def farthest_first(vectors: np.ndarray, count: int) -> list[int]:
    """Rows that are far from each other: from row 0 on, always the one farthest from all that were taken."""
    taken, distance = [0], np.full(len(vectors), np.inf)
    while len(taken) < count:
        distance = np.minimum(distance, np.linalg.norm(vectors - vectors[taken[-1]], axis=1))
        taken.append(int(distance.argmax()))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unit", help="LAYER:CHANNEL")
    parser.add_argument("decoder", help="a file of train_decoder.py")
    parser.add_argument("-o", "--output", default="starts.png")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--draws", type=int, default=64, help="how many latents are drawn")
    parser.add_argument("--starts", type=int, default=4, help="how many of them are optimised")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    layer, channel = options.unit.split(":")[0], int(options.unit.split(":")[1])
    if options.draws < 2 * options.starts:
        parser.error(f"--draws {options.draws}: half of them are looked at, for --starts {options.starts}")

    net = limpid.Network()
    fields = {"size": options.size, "steps": options.steps, "param": "decoder", "decoder": options.decoder}
    job = limpid.Job(net, options.unit, **fields)
    generator = np.random.default_rng(options.seed)
    latents = generator.standard_normal((options.draws, *job.parameters.shape), np.float32)
    pictures = []
    for latent in latents:
        job.parameters = latent
        pictures.append(job.image)
    maps = np.concatenate([net.activations(p.transpose(2, 0, 1)[np.newaxis], layer)[layer] for p in pictures])
    means = maps.mean((2, 3))
    best = np.argsort(-means[:, channel])[: options.draws // 2]
    chosen = best[farthest_first(means[best], options.starts)]

    ends = []
    for i in chosen:
        job = limpid.Job(net, options.unit, **fields)
        job.parameters = latents[i]
        job.step(options.steps)
        ends.append(job.image)
        print(f"draw {i}: {means[i, channel]:.4g} at first, {job.objective:.4g} in the end")
    rows = [np.concatenate(row, axis=1) for row in ([pictures[i] for i in chosen], ends)]
    limpid.write_picture(options.output, np.concatenate(rows))


if __name__ == "__main__":
    main()
