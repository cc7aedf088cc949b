"""The Python examples that are no part of the package run, and those that need torch where it is there."""
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import SOURCE, limpid, main, np

EXAMPLES = pathlib.Path(SOURCE, "tools/examples")
HAS_TORCH = importlib.util.find_spec("torch") is not None


class Examples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_example(self, name, *arguments):
        done = subprocess.run([sys.executable, "-B", EXAMPLES / name, *arguments], cwd=self.folder, capture_output=True, text=True,
                              check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_quickstart(self):
        out = self.run_example("quickstart.py", "--size", "64", "--steps", "2", "-o", "made")
        self.assertIn("'mixed4d': (1, 528, 4, 4)", out)
        made = {path.name for path in (self.folder / "made").iterdir()}
        expected = {"mixed4a-11.png", "mixed4a.limpid"} | ({"own-loss.png", "lucent.png"} if HAS_TORCH else set())
        self.assertEqual(made, expected)

    def test_starts_of_a_decoder(self):
        decoder = pathlib.Path(SOURCE, "tests/fixtures/decoder.h5")
        out = self.run_example("decoder_starts.py", "mixed3a:36", decoder, "--size", "32", "--steps", "8", "--draws", "6",
                               "--starts", "2")  # fmt: skip
        self.assertEqual(out.count("draw "), 2)
        sheet = limpid.read_picture(self.folder / "starts.png")
        self.assertEqual(sheet.shape, (64, 64, 3))
        self.assertGreater(np.abs(sheet[:32, :32] - sheet[:32, 32:]).mean(), 0.02)

    @unittest.skipUnless(HAS_TORCH, "torch is missing")
    def test_denoiser(self):
        pictures = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
        np.save(self.folder / "pictures.npy", pictures)
        self.run_example("denoiser_prior.py", "mixed3a:36", "pictures.npy", "--size", "48", "--steps", "3", "--training-steps", "3")
        self.assertEqual(limpid.read_picture(self.folder / "denoised.png").shape, (48, 96, 3))


if __name__ == "__main__":
    main()
