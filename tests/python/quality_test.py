"""bench/quality: what it measures of pictures whose answers are known, and a small run of it."""
from support import PACKAGE, SOURCE  # First: it finds the package.

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

BENCH = pathlib.Path(SOURCE) / "bench"
sys.path.insert(0, str(BENCH))

import quality_measures as measures  # noqa: E402
import quality_report as report  # noqa: E402


def noise(power, side=128, seed=1):
    """Gray, of a power spectrum that falls with frequency to the power of minus `power`."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(np.random.default_rng(seed).standard_normal((side, side))) * frequency ** (-power / 2)
    plane = np.fft.irfft2(spectrum, s=(side, side))
    return np.repeat((plane / plane.std() * 0.1 + 0.5)[..., None], 3, 2)


class Measures(unittest.TestCase):
    def test_the_slope_is_that_of_the_noise(self):
        for power in (0, 1, 2):
            # One picture's is off by 0.1 or so, for the power of each cell is an exponential variate.
            slope = np.mean([measures.spectrum_slope(noise(power, seed=seed)) for seed in range(16)])
            self.assertAlmostEqual(slope, -power, delta=0.1)

    def test_views_show_the_picture_and_gray_around_it(self):
        picture = np.random.default_rng(0).random((9, 7, 3), dtype=np.float32)
        y, x = np.mgrid[0:9, 0:7].astype(np.float64)
        self.assertTrue((measures.sample(picture, y, x) == picture).all())
        self.assertTrue((measures.sample(picture, y - 9, x) == measures.FIELD).all())
        between = measures.sample(picture, y[:8] + 0.5, x[:8])
        np.testing.assert_allclose(between, (picture[:8] + picture[1:]) / 2, rtol=0, atol=2e-7)
        views = measures.random_views(picture, 3, seed=5)
        self.assertEqual(views.shape, (3, 3, 9, 7))
        self.assertTrue((views == measures.random_views(picture, 3, seed=5)).all())
        self.assertFalse((views == measures.random_views(picture, 3, seed=6)).all())
        flat = measures.random_views(np.full((9, 7, 3), measures.FIELD, np.float32), 2)
        np.testing.assert_allclose(flat, measures.FIELD, rtol=0, atol=2e-7)

    def test_colours(self):
        np.testing.assert_allclose(measures.colour_covariance(noise(1)), np.full((3, 3), 1 / 3), atol=1e-12)
        picture = np.zeros((4, 4, 3))
        self.assertEqual(measures.saturation(picture), 0)
        picture[:2, :, 0] = 1
        self.assertEqual(measures.saturation(picture), 0.5)
        self.assertNotIn("colour", measures.naturalness(picture + noise(1, 4), measures.Photographs([])))
        of_itself = measures.Photographs([noise(2)])
        self.assertEqual(measures.naturalness(noise(2), of_itself)["colour"], 0)


class Report(unittest.TestCase):
    def run_of(self, method, curve, seconds=1.0, unit="a:1"):
        return {"weights": "w", "unit": unit, "seed": 0, "method": method, "steps": curve[-1][0], "plain": curve[-1][1],
                "views": curve[-1][1], "processor_seconds": seconds, "curve": curve, "others": 2.0}  # fmt: skip

    def test_a_summary_is_against_the_reference(self):
        runs = [self.run_of("old", [[4, 5.0], [8, 10.0]]), self.run_of("new", [[2, 10.0], [4, 20.0]], 1.0)]
        new = report.summaries(runs, "old")["w"]["new"]
        self.assertEqual(new["step_cost"], 2)
        self.assertEqual(new["plain"], 2)
        self.assertEqual(new["time_of_all"], 1)
        self.assertEqual(new["time_to_reference"], 0.5)
        self.assertIn("new", report.plot(runs, "old"))

    def test_what_was_not_reached_counts_as_late(self):
        runs = []
        for unit, late in (("a:1", 9.0), ("a:2", 9.0), ("a:3", 11.0)):
            runs += [self.run_of("old", [[8, 10.0]], unit=unit), self.run_of("new", [[8, late]], unit=unit)]
        new = report.summaries(runs, "old")["w"]["new"]
        self.assertIsNone(new["time_to_reference"])
        self.assertEqual((new["reached"], new["plain_least"]), (1, 0.9))


class Run(unittest.TestCase):
    def quality(self, folder, *more):
        command = [sys.executable, "-B", BENCH / "quality", folder, "--units", "conv2d2:3,mixed3a:11", "--size", "32"]
        command += ["--seeds", "1", "--equal", "3", "--every", "2", "--methods", "distill", "--method", 'distill={"steps": 6}']
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
        return subprocess.run([*command, *more], capture_output=True, text=True, env=environment, check=False)

    def test_a_run_is_gone_on_with(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            first = self.quality(folder)
            self.assertEqual(first.returncode, 0, first.stderr)
            before = json.loads((folder / "quality.json").read_text())
            self.assertEqual([run["unit"] for run in before["runs"]], ["conv2d2:3", "mixed3a:11"])
            second = self.quality(folder, "--method", 'half={"steps": 3}')
            self.assertEqual(second.returncode, 0, second.stderr)
            after = json.loads((folder / "quality.json").read_text())
            self.assertEqual(after["runs"][:2], before["runs"])
            self.assertEqual([run["method"] for run in after["runs"][2:]], ["half", "half"])
            # So many steps are the same steps.
            self.assertEqual([step for step, _ in after["runs"][2]["curve"]], [2, 3])
            self.assertEqual(after["runs"][2]["curve"][0], after["runs"][0]["curve"][0])
            key = json.loads((folder / "blind-key.json").read_text())["default"]
            self.assertEqual(list(key), ["conv2d2:3", "mixed3a:11"])
            for order in key.values():
                self.assertEqual(sorted(order), ["distill", "half"])
            for sheet in ("end-default.png", "equal-default.png", "blind-default.png"):
                self.assertEqual((folder / sheet).read_bytes()[:4], b"\x89PNG")

    def test_what_is_wrong_is_said_in_a_line(self):
        with tempfile.TemporaryDirectory() as name:
            for more, said in ((["--methods", "none"], "no method is named 'none'"), (["--method", "a=1"], "NAME=JSON"),
                               (["--method", 'a={"stpes": 3}'], "stpes")):  # fmt: skip
                failed = self.quality(name, *more)
                self.assertNotEqual(failed.returncode, 0)
                self.assertIn(said, failed.stderr)
                self.assertNotIn("Traceback", failed.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
