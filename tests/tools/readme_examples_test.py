"""Runs every example of tools/README.md and of the pages of options and of objectives, as a reader would, for a few steps.

Usage: readme_examples_test.py LIMPID README OPTIONS OBJECTIVES
"""
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

LIMPID, README, OPTIONS, OBJECTIVES = (pathlib.Path(argument).resolve() for argument in sys.argv[1:5])
FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
COUNTING_STEPS = {"--animation", "--patience", "--redirected-relu", "--thresholds", "--warmup"}


def png(path, colour_type, pixel):
    """A picture of 224 x 224 pixels, pixel(y, x) being the bytes of each."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(pixel(y, x) for x in range(224)) for y in range(224))
    header = struct.pack(">IIBBBBB", 224, 224, 8, colour_type, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) +
                     chunk(b"IEND", b""))


def npy(path, shape):
    """An array of numpy's format that counts up."""
    count = 1
    for extent in shape:
        count *= extent
    header = str({"descr": "<f4", "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    values = struct.pack(f"<{count}f", *(1 + i % 7 for i in range(count)))
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values)


def examples():
    section = README.read_text().split("## What you can ask for")[1].split("\n## ")[0]
    found = [code for code in re.findall(r"`([^`]+)`", "\n".join(
        line for line in section.splitlines() if line.startswith("|")))]
    # What the first page has not shown: few, for each takes seconds.
    shown = " ".join(found)
    for code in re.findall(r"`(mixed4a:33 --[^`]+)`", OPTIONS.read_text()):
        if code.split()[1] not in shown:
            found.append(code)
    return [code for code in found if not code.startswith(("limpid", "--"))]


def terms():
    """A command for every term of the page of objectives; those of a picture are subtracted from a channel."""
    layer, picture = OBJECTIVES.read_text().split("\n## ")[1:3]
    of_layer = [shlex.quote(text) for text in re.findall(r"^\| `([^`]+)`", layer, re.MULTILINE)]
    of_picture = re.findall(r"^\| `([^`]+)`", picture, re.MULTILINE)
    return ([term + (" --images 2" if term.startswith(("'diversity", "'align")) else "") for term in of_layer] +
            [f"'mixed4a:33 - 0.0001*{term}'" + (" --alpha" if term == "alpha" else "") for term in of_picture])


def run_in(folder, arguments):
    """What went wrong, or nothing."""
    done = subprocess.run([LIMPID, *arguments], cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"},
                          capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{shlex.join(arguments)}: exit {done.returncode}: {done.stderr}"


class ReadmeExamples(unittest.TestCase):
    def test_each_renders_a_picture(self):
        rows = examples() + terms()
        self.assertGreater(len(rows), 60)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            png(folder / "photo.png", 2, lambda y, x: bytes((y, x, (3 * x + y) % 256)))
            (folder / "photo.jpg").write_bytes((folder / "photo.png").read_bytes())  # Content tells the format.
            png(folder / "mask.png", 0, lambda y, x: b"\xff" if x < 112 else b"\0")
            npy(folder / "v.npy", (512,))
            npy(folder / "p.npy", (2, 2, 512))
            (folder / "photos").mkdir()
            for i in range(3):
                png(folder / "photos" / f"{i}.png", 2, lambda y, x, i=i: bytes(((y * (i + 1)) % 256, x, (x * y) % 256)))
            self.assertEqual(run_in(folder, ["prior", "fit", "photos", "-o", "prior.h5"]), "")
            shutil.copy(FIXTURES / "decoder.h5", folder)
            rows += ["mixed4a:33 --param decoder --decoder decoder.h5 --size 32",
                     "mixed4a:33 --param maco --prior prior.h5", "mixed4a:33 --colour prior.h5"]

            def render(i):
                words = shlex.split(rows[i])
                steps = "20" if COUNTING_STEPS & set(words) else "5"
                return run_in(folder, ["render", *words, "--steps", steps, "-o", f"out-{i}.png", "--quiet"])

            # A picture a core, for starts and short runs leave a second thread little to do.
            with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
                for i, message in enumerate(pool.map(render, range(len(rows)))):
                    with self.subTest(rows[i]):
                        self.assertEqual(message, "")
                        self.assertTrue((folder / f"out-{i}.png").read_bytes().startswith(b"\x89PNG"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
