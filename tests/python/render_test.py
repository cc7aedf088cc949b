"""Renders: the program's bytes, files, progress, Ctrl-C, and options against the program's and a job's."""
import ctypes
import io
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import types
import unittest.mock
import zlib

from support import PACKAGE, PROGRAM, Case, limpid, main, np

from limpid._library import library
from limpid.image import png_of, quantise


def chunks_of(png):
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        content = png[at + 8:at + 8 + length]
        assert zlib.crc32(kind + content) == struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0]
        yield kind, content
        at += 12 + length


def unfiltered(kind, row, above):
    """A row of 3 bytes a pixel, as PNG's filters have it."""
    made = [0] * len(row)
    for i, value in enumerate(row):
        left, up, corner = (made[i - 3], above[i], above[i - 3]) if i >= 3 else (0, above[i], 0)
        guess = left + up - corner
        paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        made[i] = (value + (0, left, up, (left + up) // 2, paeth)[kind]) % 256
    return made


def pixels_of(png):
    """Of a PNG of eight bits a channel, RGB."""
    chunks = list(chunks_of(png))
    width, height, depth, colour = struct.unpack(">IIBB", dict(chunks)[b"IHDR"][:10])
    assert (depth, colour) == (8, 2)
    data = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
    rows, above = [], [0] * (3 * width)
    for y in range(height):
        row = data[y * (3 * width + 1):(y + 1) * (3 * width + 1)]
        above = unfiltered(row[0], row[1:], above)
        rows.append(above)
    return np.array(rows, np.uint8).reshape(height, width, 3)


class Renders(Case):
    def test_a_picture_is_the_programs(self):
        r = limpid.render(self.net, "mixed3a:11", size=(32, 48), steps=3, seed=5)
        with tempfile.TemporaryDirectory() as folder:
            theirs, ours = pathlib.Path(folder) / "theirs.png", pathlib.Path(folder) / "ours.png"
            subprocess.run([PROGRAM, "render", "mixed3a:11", "--size", "32x48", "--steps", "3", "--seed", "5", "--device",
                            "cpu", "--quiet", "-o", theirs], check=True)
            r.save(ours)
            png = ours.read_bytes()
            np.testing.assert_array_equal(pixels_of(png), pixels_of(theirs.read_bytes()))
            texts = b" ".join(content for kind, content in chunks_of(png) if kind == b"iTXt")
            self.assertIn(b'"objective": "mixed3a:11"', texts)
            self.assertEqual(r._repr_png_(), png)
            r.save(ours.with_suffix(".npy"))
            np.testing.assert_array_equal(np.load(ours.with_suffix(".npy")), r.image)
            self.assert_error(limpid.UsageError, "a.tiff", r.save, "a.tiff")
            self.assertEqual(sorted(os.listdir(folder)), ["ours.npy", "ours.png", "theirs.png"])
            with self.assertRaises(OSError):
                r.save(pathlib.Path(folder) / "no" / "a.png")

    def test_png_holds_what_it_is_given(self):
        image = np.random.default_rng(1).uniform(-0.1, 1.1, (5, 7, 3)).astype(np.float32)
        np.testing.assert_array_equal(pixels_of(png_of(image)), quantise(image))
        self.assertEqual(quantise(np.float32([-1, 0, 0.5, 1, 2])).tolist(), [0, 0, 128, 255, 255])
        np.testing.assert_array_equal(pixels_of(png_of(image[:1, :1])), quantise(image[:1, :1]))

    def test_pictures_in_files(self):
        picture = quantise(np.random.default_rng(1).random((20, 33, 3), np.float32)).astype(np.float32) / 255
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("png", "webp"):
                name = pathlib.Path(folder) / f"a.{ending}"
                limpid.write_picture(name, picture)
                read = limpid.read_picture(name)
                np.testing.assert_allclose(read, picture, rtol=0, atol=1e-6)
                read[0, 0] = 0  # Ours to write to.
            r = limpid.render(self.net, "conv2d0:1", size=(20, 33), steps=1, init=str(name), transforms="none")
            self.assertLess(np.abs(r.image - picture).mean(), 0.1)
            r = limpid.render(self.net, "conv2d0:1 - 2*alpha", size=16, steps=1, alpha=True)
            self.assertEqual(r.image.shape, (16, 16, 4))
            r.save(name.with_suffix(".png"))
            self.assertEqual(dict(chunks_of(name.with_suffix(".png").read_bytes()))[b"IHDR"][9], 6)
            job = limpid.Job(self.net, "conv2d0:1 - 2*alpha", size=16, steps=1, alpha=True)
            job.step()
            np.testing.assert_array_equal(job.image, r.image)
        self.assert_error(limpid.InputError, "does not exist", limpid.read_picture, "/no/such.png")
        self.assert_error(limpid.UsageError, "a.tiff", limpid.write_picture, "a.tiff", picture)

    def test_sizes_that_options_decide(self):
        shapes = {(): (128, 128, 3), (("images", 2), ("size", np.int64(32))): (32, 64, 3)}
        for given, shape in shapes.items():
            options = {"preset": "lucent", "steps": 1, **dict(given)}
            self.assertEqual(limpid.render(self.net, "conv2d0:1", **options).image.shape, shape)

    def test_progress(self):
        seen = []
        r = limpid.render(self.net, "conv2d0:1", size=16, steps=3, progress=lambda *now: seen.append(now))
        self.assertEqual([now[:2] for now in seen], [(1, 3), (2, 3), (3, 3)])
        self.assertEqual([now[2] for now in seen], r.curve.tolist())
        self.assertEqual((r.objective, r.cancelled), (seen[-1][2], False))
        limpid.render(self.net, "conv2d0:1", size=16, steps=2, progress=True)

    def test_bars(self):
        class Bar:
            made = []

            def __init__(self, total, unit):
                self.total, self.unit, self.n, self.closed = total, unit, 0, False
                self.made.append(self)

            def set_postfix_str(self, text, refresh):
                self.text = text

            def update(self, count):
                self.n += count

            def close(self):
                self.closed = True

        with unittest.mock.patch.dict(sys.modules, {"tqdm": types.ModuleType("tqdm"), "tqdm.auto": types.SimpleNamespace(tqdm=Bar)}):
            limpid.render(self.net, "conv2d0:1", size=16, steps=3, progress=True)
            list(limpid.grid(self.net, "conv2d0:1-2", size=16, steps=1, progress=True))
        self.assertEqual([(bar.total, bar.n, bar.unit, bar.closed) for bar in Bar.made], [(3, 3, "step", True), (None, 2, "tile", True)])
        with unittest.mock.patch.dict(sys.modules, {"tqdm": None, "tqdm.auto": None}):
            terminal = io.StringIO()
            terminal.isatty = lambda: True
            with unittest.mock.patch.object(sys, "stderr", terminal):
                limpid.render(self.net, "conv2d0:1", size=16, steps=2, progress=True)
        self.assertRegex(terminal.getvalue(), r"^\rstep 1/2  objective [-0-9.e]+  \rstep 2/2  objective [-0-9.e]+  \n$")

    def test_what_progress_raises_comes_out(self):
        def fail(step, steps, objective):
            raise KeyError("mine")

        for steps in (1, 3):  # At the last step, and before it.
            with self.assertRaisesRegex(KeyError, "mine"):
                limpid.render(self.net, "conv2d0:1", size=16, steps=steps, progress=fail)

    def test_ctrl_c_keeps_the_picture(self):
        def interrupt(step, steps, objective):
            if step == 2:
                os.kill(os.getpid(), signal.SIGINT)

        # Where whoever began this ignores it, Python has no handler of its own.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        r = limpid.render(self.net, "conv2d0:1", size=16, steps=200, progress=interrupt)
        self.assertTrue(r.cancelled)
        self.assertLess(len(r.curve), 10)
        same = limpid.render(self.net, "conv2d0:1", size=16, steps=200, progress=interrupt)
        np.testing.assert_array_equal(r.image, same.image)
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)
        with self.assertRaises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    def test_a_render_in_another_thread(self):
        made = []
        thread = threading.Thread(target=lambda: made.append(limpid.render(self.net, "conv2d0:1", size=16, steps=2)))
        thread.start()
        thread.join()
        np.testing.assert_array_equal(made[0].image, limpid.render(self.net, "conv2d0:1", size=16, steps=2).image)

    def test_calls_of_others_as_the_readme_says_them(self):
        rows = re.findall(r'^\|.*\| `(".*)` \|$', (PACKAGE / "README.md").read_text(), re.M)
        self.assertGreaterEqual(len(rows), 20)
        vectors = np.random.default_rng(0).normal(size=(2, 2, 512)).astype(np.float32)
        self.addCleanup(os.chdir, os.getcwd())
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            np.save("v.npy", vectors[0, 0])
            np.save("p.npy", vectors)
            for row in rows:
                with self.subTest(row):
                    objective, given = eval(f"(lambda objective, **given: (objective, given))({row})")  # Of our own page.
                    # Small, but for what is too small for a position that is named, or for the views.
                    options = {"size": 128, **given, "steps": 1, "draws": min(given.get("draws", 1), 2)}
                    self.assertTrue(np.isfinite(limpid.render(self.net, objective, **options).image).all())

    def test_mistakes(self):
        render = limpid.render
        self.assert_error(limpid.UsageError, "did you mean 'size'", render, self.net, "conv2d0:1", szie=3)
        self.assert_error(limpid.UsageError, "limpid.options()", render, self.net, "conv2d0:1", zzzz=3)
        self.assert_error(limpid.UsageError, "limpid.Network comes first", render, "conv2d0:1", "conv2d0:1")
        self.assert_error(limpid.UsageError, "objective is a text", render, self.net, 3)
        self.assert_error(limpid.UsageError, "cannot be had", render, self.net, "conv2d0:1", amplitude=float("nan"))
        self.assert_error(limpid.UsageError, "cannot be had", render, self.net, "conv2d0:1", seed=object())
        self.assert_error(limpid.InputError, "size", render, self.net, "conv2d0:1", size=0)
        self.assert_error(limpid.InputError, "mixed9", render, self.net, "mixed9:1")
        self.assert_error(limpid.InputError, "'a.png' does not exist", render, self.net, "conv2d0:1", init="a.png")


class Options(Case):
    def test_the_program_jobs_and_python_have_the_same(self):
        page = subprocess.run([PROGRAM, "help", "options"], capture_output=True, text=True, check=True).stdout
        flags, fields = {}, set()
        for row in re.findall(r"^\| (.*) \|$", page, re.MULTILINE):
            cells = re.split(r"(?<!\\) ?\| ?", row)
            if len(cells) >= 4 and re.fullmatch(r"`\w+`", cells[3]):
                fields.add(cells[3].strip("`"))
                flags[cells[3].strip("`")] = tuple(re.findall(r"`([^`]+)`", cells[0]))
        ours = limpid.options()
        self.assertEqual(set(ours), fields)
        self.assertEqual({name: option.flags for name, option in ours.items()}, flags)
        self.assertGreater(len(ours), 30)

    def test_every_option_is_a_field_of_a_job_and_no_other_name_is(self):
        job = {"objective": "conv2d0:1"}
        for name in [*limpid.options(), "preset"]:
            # No option takes this; the line names it as a field.
            with self.assertRaisesRegex(limpid.Error, f"the job: {name}\\b(?!.*no field)"):
                limpid.render(self.net, **job, **{name: {"no": "value"}})
        size = [ctypes.c_int32(), ctypes.c_int32()]
        for name in ("device", "threads", "thresholds", "sise"):
            self.assertNotIn(name, limpid.options())
            text = f'{{"objective": "conv2d0:1", "{name}": 1}}'.encode()
            self.assert_error(limpid.InputError, f"{name}: there is no field", library().render_size, self.net._handle, text,
                              *map(ctypes.byref, size))
        self.assertIn("lucent", limpid.presets())


if __name__ == "__main__":
    main()
