#!/usr/bin/env python3
"""What a call from Python costs over the same from C, and a step in PyTorch over one in the engine, measured in turn.

  bench/python_calls.py build/release/lib/liblimpid.so.1 --rounds 5

Prints a JSON line for each: the least and the median of every side over all rounds, in microseconds, and their ratio. Rounds
alternate, and the order in them too, so that what else the machine does meets both. One thread. The step needs PyTorch and is
left out without.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def seconds_of(call, count):
    times = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times


def in_turn(sides, rounds):
    """Times by side of functions that give some, called in turn."""
    times = {name: [] for name in sides}
    for i in range(rounds):
        for name in (sides, reversed(sides))[i % 2]:
            times[name] += sides[name]()
    return times


def report(job, times, base):
    row = {"job": job}
    for name, values in times.items():
        row[f"{name}_least_us"] = round(1e6 * min(values), 1)
        row[f"{name}_median_us"] = round(1e6 * statistics.median(values), 1)
    other = next(name for name in times if name != base)
    row["more_us"] = round(row[f"{other}_least_us"] - row[f"{base}_least_us"], 1)
    row["ratio"] = round(row[f"{other}_least_us"] / row[f"{base}_least_us"], 4)
    print(json.dumps(row), flush=True)


def calls(limpid, np, options, folder):
    """A forward pass: C against Python."""
    program = pathlib.Path(folder) / "python_calls"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", ROOT / "bench/python_calls.c", "-I", ROOT, "-o", program,
                    options.liblimpid, f"-Wl,-rpath,{options.liblimpid.parent}"], check=True)  # fmt: skip
    for layer, side, count in (("conv2d0", 32, 400), ("mixed4a", 224, 20)):
        session = limpid.Session(limpid.Network(options.weights, device="cpu", threads=1), [layer], backward=False)
        x = np.zeros((1, 3, side, side), np.float32)
        seconds_of(lambda: session.forward(x), 20)

        def from_c():
            out = subprocess.run([program, options.weights, layer, str(side), str(count)], check=True, capture_output=True,
                                 text=True).stdout  # fmt: skip
            return [float(line) for line in out.split()]

        times = in_turn({"c": from_c, "python": lambda: seconds_of(lambda: session.forward(x), count)}, options.rounds)
        report(f"forward of {layer} at {side} px", times, "c")


def steps(limpid, options, side=224, count=5):
    """A step of mixed4a:11 from Fourier coefficients without views: the engine's, which computes the part of the module that the
    channel is of, against PyTorch's Adam through Features of that part, and of the module."""
    try:
        import torch
    except ImportError as error:
        print(f"left out: {error}", file=sys.stderr)
        return
    torch.set_num_threads(1)
    net = limpid.Network(options.weights, device="cpu", threads=1)
    job = limpid.Job(net, "mixed4a:11", size=side, steps=100000, transforms="none")

    def step_of(layer, **more):
        image, features = limpid.torch.Image(size=side), limpid.torch.Features(net, [layer], **more)
        adam = torch.optim.Adam(image.parameters(), lr=0.05, maximize=True)

        def step():
            adam.zero_grad(set_to_none=True)
            features(image())[layer][:, 11].mean().backward()
            adam.step()

        return step

    for layer, more in (("mixed4a_1x1", {"translation_exact": False}), ("mixed4a", {"translation_exact": False}), ("mixed4a", {})):
        step = step_of(layer, **more)
        sides = {"native": lambda: seconds_of(lambda: job.step(1), count), "torch": lambda step=step: seconds_of(step, count)}
        in_turn(sides, 1)
        words = ", ".join([layer, *(f"{name}={value}" for name, value in more.items())])
        report(f"step of mixed4a:11 at {side} px through Features of {words}", in_turn(sides, options.rounds), "native")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("liblimpid", type=lambda text: pathlib.Path(text).resolve(), help="a liblimpid.so.1")
    parser.add_argument("--weights", default=str(ROOT / "weights/default.h5"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["LIMPID_LIBRARY"] = str(options.liblimpid)
    sys.path.insert(0, str(ROOT / "tools/python"))
    import numpy as np

    import limpid

    with tempfile.TemporaryDirectory() as folder:
        calls(limpid, np, options, folder)
    steps(limpid, options)


if __name__ == "__main__":
    main()
