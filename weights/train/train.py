"""Trains InceptionV1 on a pool: python3 train.py POOL --held-out POOL --out FOLDER --minutes 75.

One process a worker, each with one thread and its own part of the pictures; gradients are averaged through shared
memory. The learning rate falls along a cosine and pictures grow from 48 to 96 pixels as the budget, minutes or
steps, is spent.
FOLDER gets checkpoint.pt, from which `--resume` goes on, and log.txt.
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.multiprocessing as multiprocessing

from augment import mixed, targets, view
from classes import NAMES
from network import Network, standardised, stem_filters

SIZES = ((0.0, 48), (0.35, 64), (0.8, 96))  # From this share of the budget on, pictures of so many pixels.
WARM_UP = 100
CONSTANT = 0.15  # Share of the budget after the warm-up before the learning rate falls.
CLIP = 5.0
EMA_EVERY = 4
EMA_DECAY = 0.97  # Each EMA_EVERY steps: a memory of about 130 steps.
DIFFUSION = {7: 0.03, 5: 0.003, 3: 0.003}  # Pull of a filter of that size towards its blur, a step.
DIFFUSE_EVERY = 4
NUDGE_FROM = 0.75  # From this share of the budget on, each batch is learnt again, perturbed.
NUDGE = 0.012  # Largest root mean square of the perturbation against which a repeated batch is trained.


def blur_matrix(size, deviation, tapered=False):
    """size^2 x size^2: a flattened filter of size x size pixels times this is its Gaussian blur. Beyond its border the
    filter goes on as nothing if tapered, which draws the border to zero; else it does not count, and a constant stays."""
    axis = torch.arange(size).float()
    row = torch.exp(-((axis[:, None] - axis[None]) ** 2) / (2 * deviation**2))
    matrix = torch.kron(row, row)
    total = matrix.sum(1).max() if tapered else matrix.sum(1, keepdim=True)
    return (matrix / total).T.contiguous()


class Diffusion:
    """Takes high spatial frequencies out of filters, slowly: without it the noise they start from stays for ever."""

    def __init__(self, network):
        self.filters = [m.weight for m in network.modules() if isinstance(m, torch.nn.Conv2d) and m.kernel_size[0] > 1]
        self.blur = {7: blur_matrix(7, 0.8, tapered=True), 5: blur_matrix(5, 0.6), 3: blur_matrix(3, 0.6)}

    @torch.no_grad()
    def step(self, share):
        for weight in self.filters:
            size = weight.shape[-1]
            flat = weight.reshape(-1, size * size)
            weight.copy_(flat.lerp(flat @ self.blur[size], share * DIFFUSION[size]).reshape(weight.shape))


class SharedGradients:
    """One gradient for all workers: the mean of theirs, its norm limited."""

    def __init__(self, workers, length):
        self.rows = torch.zeros(workers, length).share_memory_()
        self.barrier = multiprocessing.Barrier(workers)

    def average(self, rank, parameters):
        torch.cat([p.grad.reshape(-1) for p in parameters], out=self.rows[rank])
        self.barrier.wait()
        mean = self.rows.mean(0)
        norm = float(mean.norm())
        mean.mul_(min(1.0, CLIP / (norm + 1e-6)))
        at = 0
        for p in parameters:
            p.grad.copy_(mean[at : at + p.numel()].view_as(p))
            at += p.numel()
        return norm


def learning_rate(peak, progress, step):
    fall = 1.0 if progress < CONSTANT else 0.5 * (1 + math.cos(math.pi * (progress - CONSTANT) / (1 - CONSTANT)))
    return peak * min(1.0, (step + 1) / WARM_UP) * (fall + 0.002)


def size_at(progress):
    return [size for start, size in SIZES if progress >= start][-1]


def parameter_groups(network, decay):
    convolutions = [p for p in network.parameters() if p.ndim == 4]
    linear = [p for p in network.parameters() if p.ndim == 2]
    rest = [p for p in network.parameters() if p.ndim == 1]
    return [{"params": convolutions, "weight_decay": decay}, {"params": linear, "weight_decay": 0.05},
            {"params": rest, "weight_decay": 0.0}]


@torch.no_grad()
def accuracy(network, pool, size, rows):
    """(share of right top-1 answers, answers for each class: right, all) on whole pictures."""
    network.eval()
    tally = np.zeros((len(NAMES), 2), int)
    for start in range(0, len(rows), 116):
        batch = rows[start : start + 116]
        x = view(torch.from_numpy(pool[0][batch]).permute(0, 3, 1, 2), size)
        with torch.autocast("cpu", torch.bfloat16):
            answers = network(standardised(x))[0].argmax(1).numpy()
        np.add.at(tally, pool[1][batch], np.stack([answers == pool[1][batch], np.ones(len(batch), int)], 1))
    network.train()
    return tally[:, 0].sum() / tally[:, 1].sum(), tally


def load_pool(folder):
    pictures = np.load(Path(folder) / "pictures.npy", mmap_mode="r")
    labels = np.load(Path(folder) / "labels.npy")
    return pictures, labels


def save(path, state):
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


class Worker:
    """One process's share of the training."""

    def __init__(self, rank, options, shared, progress):
        self.rank, self.options, self.shared, self.progress = rank, options, shared, progress
        torch.set_num_threads(1)
        torch.manual_seed(options.seed)
        self.network = Network(len(NAMES))
        with torch.no_grad():
            self.network.conv1.conv.weight.copy_(stem_filters(torch.Generator().manual_seed(options.seed)))
        self.network = self.network.to(memory_format=torch.channels_last).train()
        self.average = Network(len(NAMES)).to(memory_format=torch.channels_last).train()
        self.average.load_state_dict(self.network.state_dict())
        groups = parameter_groups(self.network, options.weight_decay)
        self.parameters = [p for group in groups for p in group["params"]]
        self.optimizer = torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98), fused=True)
        self.diffusion = Diffusion(self.network)
        self.step, self.seen, self.before = 0, 0, 0.0
        self.out = Path(options.out)
        if options.resume:
            state = torch.load(self.out / "checkpoint.pt")
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seen, self.before = state["step"], state["seen"], state["seconds"]
        self.began = time.time()
        self.pool, self.held = load_pool(options.pool), load_pool(options.held_out)
        self.rows = np.arange(rank, len(self.pool[1]), options.workers)
        self.smooth = None

    def seconds(self):
        return self.before + time.time() - self.began

    def log(self, **values):
        with open(self.out / "log.txt", "a") as file:
            file.write(json.dumps(values) + "\n")

    def batch(self, size, generator):
        """(pictures, targets) of this step, which only the seed, the rank and the step decide."""
        pick = torch.randint(len(self.rows), (self.options.batch,), generator=generator).numpy()
        rows = np.sort(self.rows[pick])
        labels = torch.from_numpy(self.pool[1][rows])
        x = view(torch.from_numpy(self.pool[0][rows]).permute(0, 3, 1, 2), size, generator)
        x, y = mixed(x, targets(labels, len(NAMES)), generator)
        return x, y

    def learn(self, x, y, rate):
        """One step on a batch; returns the loss's gradient at the pictures."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        x = x.detach().requires_grad_(True)
        with torch.autocast("cpu", torch.bfloat16):
            logits, auxiliary = self.network(standardised(x))
        main = torch.sum(-y * torch.log_softmax(logits.float(), 1), 1).mean()
        loss = main + 0.3 * sum(torch.sum(-y * torch.log_softmax(a.float(), 1), 1).mean() for a in auxiliary)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.shared.average(self.rank, self.parameters)
        self.optimizer.step()
        self.step += 1
        self.seen += self.options.batch * self.options.workers
        if self.step % DIFFUSE_EVERY == 0:
            self.diffusion.step(DIFFUSE_EVERY * rate / self.options.learning_rate)
        if self.step % EMA_EVERY == 0:
            self.track()
        right = (logits.argmax(1) == y.argmax(1)).float().mean().item()
        now = np.array([main.item(), right])
        self.smooth = now if self.smooth is None else 0.98 * self.smooth + 0.02 * now
        return x.grad

    @torch.no_grad()
    def track(self):
        decay = min(EMA_DECAY, 1 - 1 / (1 + self.step / (EMA_EVERY * 4)))
        mine, theirs = self.average.state_dict(), self.network.state_dict()
        for name, value in mine.items():
            if value.dtype.is_floating_point:
                value.lerp_(theirs[name], 1 - decay)
            else:
                value.copy_(theirs[name])

    def report(self, size, rate, rows):
        share, tally = accuracy(self.average, self.held, size, rows)
        self.log(step=self.step, seconds=round(self.seconds()), seen=self.seen, size=size, rate=rate,
                 loss=round(float(self.smooth[0]), 4), training_accuracy=round(float(self.smooth[1]), 4),
                 held_out_accuracy=round(float(share), 4), pictures=len(rows))
        save(self.out / "checkpoint.pt", {
            "network": self.network.state_dict(), "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step, "seen": self.seen, "seconds": self.seconds(),
            "seed": self.options.seed, "classes": NAMES})
        return share, tally

    def spent(self):
        if self.options.steps:
            return self.step / self.options.steps
        return self.seconds() / (60 * self.options.minutes)

    def run(self):
        last, size, rate = self.seconds(), SIZES[0][1], 0.0
        while True:
            if self.rank == 0:
                self.progress[0] = self.spent()
            self.shared.barrier.wait()
            progress = float(self.progress[0])
            if progress >= 1:
                break
            size, rate = size_at(progress), learning_rate(self.options.learning_rate, progress, self.step)
            generator = torch.Generator().manual_seed((self.options.seed * 1_000_003 + self.step) * 16 + self.rank)
            x, y = self.batch(size, generator)
            slope = self.learn(x, y, rate)
            if progress >= NUDGE_FROM and self.step != self.options.steps:
                # The same batch again, moved a little to where the loss grows: networks that withstand this have smooth
                # input gradients, and the gradient was there anyway.
                strength = NUDGE * torch.rand(len(x), 1, 1, 1, generator=generator)
                norm = slope.pow(2).mean((1, 2, 3), keepdim=True).sqrt() + 1e-12
                self.learn(x + strength * slope / norm, y, rate)
            if self.rank == 0 and self.seconds() - last > self.options.report_every:
                last = self.seconds()
                self.report(max(size, 64), rate, np.arange(min(2 * len(NAMES), len(self.held[1]))))
        if self.rank == 0:
            _, tally = self.report(size, rate, np.arange(len(self.held[1])))
            shares = tally[:, 0] / np.maximum(tally[:, 1], 1)
            self.log(classes={NAMES[i]: round(float(shares[i]), 3) for i in np.argsort(shares)})


def _run(rank, options, shared, progress):
    Worker(rank, options, shared, progress).run()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pool", help="folder that pool.py made")
    parser.add_argument("--held-out", required=True, help="folder of pictures never trained on")
    parser.add_argument("--out", required=True, help="folder of the checkpoint and the log")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float, help="wall time; the schedule follows the clock")
    budget.add_argument("--steps", type=int, help="number of steps; the result then depends on nothing but the seed")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=64, help="pictures of one worker's step")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.2, help="of convolutions")
    parser.add_argument("--report-every", type=float, default=300, help="seconds between checkpoints")
    options = parser.parse_args()
    Path(options.out).mkdir(parents=True, exist_ok=True)
    shared = SharedGradients(options.workers, sum(p.numel() for p in Network(len(NAMES)).parameters()))
    progress = torch.zeros(1, dtype=torch.float64).share_memory_()
    multiprocessing.start_processes(_run, (options, shared, progress), options.workers, start_method="fork")


if __name__ == "__main__":
    main()
