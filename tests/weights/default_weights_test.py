#!/usr/bin/env python3
"""weights/train: what the generator draws, and what training and export do to the numbers.

Exits with 77 where numpy, scipy or Pillow are missing; the tests of the network are skipped without PyTorch.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "weights" / "train"))

try:
    import numpy as np
    import PIL
    import scipy
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

try:
    import torch
except ImportError:
    torch = None

from classes import NAMES, draw  # noqa: E402
from frame import Frame, edge, over  # noqa: E402
from noise import NoiseBank  # noqa: E402
from palettes import FAMILIES, colour, from_hsv, gradient, palette  # noqa: E402
from pool import render_pool  # noqa: E402
from stem import fine_share  # noqa: E402
from stem import picture as stem_picture  # noqa: E402

if torch is not None:
    import augment
    import export
    import fold
    import train
    from network import Network, standardised, stem_filters

SIZE = 48


class Drawing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = NoiseBank(SIZE, seed=5)
        cls.pictures = [draw(i, (1, i), cls.bank) for i in range(len(NAMES))]

    def test_names_are_distinct(self):
        self.assertEqual(len(set(NAMES)), len(NAMES))

    def test_every_class_draws_bytes_with_something_in_them(self):
        for name, picture in zip(NAMES, self.pictures):
            with self.subTest(name):
                self.assertEqual((picture.shape, picture.dtype), ((SIZE, SIZE, 3), np.uint8))
                self.assertGreater(picture.std(), 2)

    def test_a_seed_gives_the_same_picture(self):
        again = NoiseBank(SIZE, seed=5)
        for i, name in enumerate(NAMES):
            with self.subTest(name):
                np.testing.assert_array_equal(draw(i, (1, i), again), self.pictures[i])

    def test_another_seed_gives_another_picture(self):
        for i, name in enumerate(NAMES):
            with self.subTest(name):
                self.assertGreater(np.abs(draw(i, (2, i), self.bank).astype(int) - self.pictures[i]).mean(), 1)

    def test_classes_differ_at_one_seed(self):
        flat = np.stack([picture.reshape(-1) for picture in self.pictures]).astype(np.float32)
        for i in range(len(flat)):
            distance = np.abs(flat - flat[i]).mean(1)
            distance[i] = np.inf
            self.assertGreater(distance.min(), 3, f"{NAMES[i]} and {NAMES[int(distance.argmin())]}")

    def test_every_size_draws(self):
        bank = NoiseBank(33, seed=1)
        for i, name in enumerate(NAMES):
            with self.subTest(name):
                self.assertEqual(draw(i, 0, bank).shape, (33, 33, 3))


class Noise(unittest.TestCase):
    def test_fields_have_zero_mean_unit_variance_and_their_band(self):
        bank = NoiseBank(64, seed=2)
        frequency = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None]) * 128
        for kind, limit in (("low", 15), ("band", 60), ("fine", 90)):
            for field in bank.fields[kind]:
                self.assertLess(abs(float(field.mean())), 1e-4)
                self.assertLess(abs(float(field.std()) - 1), 1e-4)
                energy = np.abs(np.fft.fft2(field)) ** 2
                self.assertLess(energy[frequency > limit].sum() / energy.sum(), 1e-4)

    def test_cells_are_a_function_of_their_name(self):
        bank = NoiseBank(16, seed=2)
        a = np.arange(-40, 40)
        values = bank.cell(a[:, None], a[None])
        np.testing.assert_array_equal(values, bank.cell(a[:, None], a[None]))
        self.assertTrue((values >= 0).all() and (values < 1).all())
        self.assertGreater(np.abs(values - bank.cell(a[:, None], a[None], 1)).mean(), 0.1)


class Colours(unittest.TestCase):
    def setUp(self):
        self.frame = Frame(np.random.default_rng(3), NoiseBank(16, seed=1))

    def test_hsv_has_the_primaries_and_wraps(self):
        rgb = from_hsv(np.array([0, 1 / 3, 2 / 3, 1, -1 / 3]), np.ones(5), np.ones(5))
        expected = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1]]
        np.testing.assert_allclose(rgb, expected, atol=1e-6)
        np.testing.assert_allclose(from_hsv(0.4, 0.0, 0.7), [0.7] * 3, atol=1e-6)

    def test_a_family_keeps_its_hues(self):
        for _ in range(200):
            red, green, blue = colour(self.frame, "foliage")
            self.assertGreater(green, red)
            self.assertGreater(green, blue)
            red, green, blue = colour(self.frame, "sky")
            self.assertGreater(blue, red)

    def test_palettes_are_colours_from_dark_to_light_or_back(self):
        for count in (1, 2, 5):
            for name in FAMILIES:
                colours = palette(self.frame, count, (name,))
                self.assertEqual(colours.shape, (count, 3))
                self.assertTrue((colours >= 0).all() and (colours <= 1).all())
        value = palette(self.frame, 6, ("stone",)).max(1)
        self.assertGreater(abs(float(value[-1] - value[0])), 0.3)

    def test_gradients_pass_through_their_colours(self):
        colours = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 1]], np.float32)
        np.testing.assert_array_equal(gradient(np.array([0, 0.5, 1, -3, 9]), colours), colours[[0, 1, 2, 0, 2]])
        np.testing.assert_array_equal(gradient(np.array([0.25]), colours), [[0.5, 0, 0]])

    def test_masks_blend(self):
        picture = over(np.zeros((1, 3, 3)), np.array([[0, 0.5, 1]]), (1, 1, 1))
        np.testing.assert_array_equal(picture[0, :, 0], [0, 0.5, 1])
        np.testing.assert_array_equal(edge(np.array([-1, 0, 1]), 1), [0, 0.5, 1])


class Pool(unittest.TestCase):
    def test_does_not_depend_on_the_number_of_workers(self):
        with tempfile.TemporaryDirectory() as folder:
            pools = [pathlib.Path(folder) / str(workers) for workers in (1, 3)]
            for pool, workers in zip(pools, (1, 3)):
                render_pool(pool, 7, 24, 4, workers)
                self.assertEqual(sorted(p.name for p in pool.iterdir()), ["labels.npy", "pictures.npy"])
            first, second = (np.load(pool / "pictures.npy") for pool in pools)
            np.testing.assert_array_equal(first, second)
            np.testing.assert_array_equal(np.load(pools[0] / "labels.npy"), np.arange(7))
            np.testing.assert_array_equal(first[2], draw(2, (4, 2), NoiseBank(24, 4)))


class Stem(unittest.TestCase):
    def test_fine_share_tells_smooth_from_noise(self):
        x = np.arange(7) - 3
        blob = np.exp(-(x[:, None] ** 2 + x[None] ** 2) / 4)
        chessboard = (-1.0) ** (x[:, None] + x[None])
        self.assertLess(fine_share(np.broadcast_to(blob, (2, 3, 7, 7))), 0.02)
        self.assertGreater(fine_share(np.broadcast_to(chessboard, (2, 3, 7, 7))), 0.95)
        # White noise has its energy everywhere alike: all but the disc of radius 1/4, pi / 16 of the square.
        noise = np.random.default_rng(0).standard_normal((4000, 3, 7, 7))
        self.assertAlmostEqual(fine_share(noise), 1 - np.pi / 16, delta=0.01)

    def test_the_picture_shows_every_filter(self):
        self.assertEqual(stem_picture(np.zeros((64, 3, 7, 7))).size, (8 * 60, 8 * 60))


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Training(unittest.TestCase):
    def test_stem_filters_are_smooth_coloured_and_of_unit_norm(self):
        filters = stem_filters(torch.Generator().manual_seed(0))
        self.assertEqual(tuple(filters.shape), (64, 3, 7, 7))
        torch.testing.assert_close(filters.flatten(1).norm(dim=1), torch.ones(64))
        # White noise has four fifths of its energy there.
        self.assertLess(fine_share(filters.numpy()), 0.06)
        spread = (filters.amax(1) - filters.amin(1)).flatten(1).amax(1)
        self.assertGreater(int((spread > 0.05).sum()), 24)

    def test_folding_changes_nothing(self):
        torch.manual_seed(1)
        network = Network(7).eval()
        with torch.no_grad():
            for module in network.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.running_mean.uniform_(-0.3, 0.3)
                    module.running_var.uniform_(0.5, 2)
                    module.weight.uniform_(0.5, 1.5)
                    module.bias.uniform_(-0.2, 0.2)
        plain = fold.folded(network)
        pictures = torch.rand(2, 3, 64, 64)
        scale = max(float(x.abs().max()) for _, x in plain.layers(255 * pictures - 117))
        self.assertLess(export.fold_error(network, plain), export.FOLD_LIMIT * max(scale, 1))
        arrays = fold.arrays(plain)
        self.assertEqual(len(arrays), 2 * 58)
        self.assertEqual(arrays["inception_4e/5x5_w"].shape, (128, 32, 5, 5))
        self.assertEqual(arrays["loss3/classifier_w"].shape, (7, 1024))

    def test_blur_keeps_constants_and_takes_the_finest_wave(self):
        for size, deviation in ((3, 0.6), (5, 0.6), (7, 0.8)):
            matrix = train.blur_matrix(size, deviation)
            torch.testing.assert_close(torch.ones(1, size * size) @ matrix, torch.ones(1, size * size))
            sign = (-1.0) ** torch.arange(size)
            wave = torch.outer(sign, sign).reshape(1, -1)
            self.assertLess(float((wave @ matrix).norm() / wave.norm()), 0.5)

    def test_diffusion_smooths_filters(self):
        torch.manual_seed(0)
        network = Network(3)
        before = fine_share(network.conv1.conv.weight.detach().numpy())
        diffusion = train.Diffusion(network)
        for _ in range(300):
            diffusion.step(1.0)
        self.assertLess(fine_share(network.conv1.conv.weight.detach().numpy()), 0.3 * before)

    def test_views_are_pictures_of_the_size_and_repeatable(self):
        pictures = torch.randint(0, 256, (5, 3, 40, 40), dtype=torch.uint8)
        for size in (16, 40):
            whole = augment.view(pictures, size)
            self.assertEqual(tuple(whole.shape), (5, 3, size, size))
            self.assertTrue(bool((whole >= 0).all() and (whole <= 1).all()))
            first, second = (augment.view(pictures, size, torch.Generator().manual_seed(3)) for _ in range(2))
            self.assertTrue(torch.equal(first, second))

    def test_targets_stay_distributions(self):
        labels = torch.tensor([0, 3, 2, 1])
        y = augment.targets(labels, 5)
        self.assertTrue(torch.equal(y.argmax(1), labels))
        for seed in range(12):
            _, mixture = augment.mixed(torch.rand(4, 3, 16, 16), y, torch.Generator().manual_seed(seed))
            torch.testing.assert_close(mixture.sum(1), torch.ones(4))

    def test_the_schedule_warms_up_and_falls(self):
        rates = [train.learning_rate(1.0, p, 10_000) for p in (0, 0.2, 0.6, 1.0)]
        self.assertEqual(rates, sorted(rates, reverse=True))
        self.assertLess(train.learning_rate(1.0, 0.0, 0), 0.02)
        self.assertLess(rates[-1], 0.01)
        self.assertEqual([train.size_at(p) for p in (0, 0.5, 0.9)], [size for _, size in train.SIZES])

    def test_training_learns_resumes_and_exports(self):
        """The scripts as one runs them, on a pool of a few pictures."""
        scripts = pathlib.Path(train.__file__).parent
        with tempfile.TemporaryDirectory() as folder:
            def run(*arguments):
                done = subprocess.run([sys.executable, *map(str, arguments)], cwd=folder, capture_output=True,
                                      text=True,
                                      check=False, timeout=280)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout

            render_pool(pathlib.Path(folder) / "pool", 8, 48, 1, 1)
            options = ("--held-out", "pool", "--out", "out", "--workers", 1, "--batch", 8)
            run(scripts / "train.py", "pool", *options, "--steps", 4)
            first = torch.load(pathlib.Path(folder) / "out" / "checkpoint.pt")
            run(scripts / "train.py", "pool", *options, "--steps", 8, "--resume")
            second = torch.load(pathlib.Path(folder) / "out" / "checkpoint.pt")
            self.assertEqual((first["step"], second["step"]), (4, 8))
            output = run(scripts / "export.py", "out/checkpoint.pt", "--held-out", "pool", "-o", "w.npz")
            self.assertIn("8 held-out pictures", output)
            with np.load(pathlib.Path(folder) / "w.npz") as weights:
                self.assertEqual(list(weights["classes"]), NAMES)
                self.assertIn("8 steps", str(weights["training"][0]))
                self.assertTrue(all(np.isfinite(weights[name]).all() for name in weights.files if name[-2:] in ("_w",
                                                                                                                "_b")))


if __name__ == "__main__":
    unittest.main()
