"""limpid attribute against captum's IntegratedGradients, which integrates the same gradients by its own rules.

Exits with 77 where torch or captum is missing, too.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import PROGRAM, Case, distance, limpid, main, np

try:
    import torch
    from captum.attr import IntegratedGradients
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from limpid import torch as limpid_torch


# Pictures of which the program changes nothing: the size that the default weights are made for.
INPUT = 96


class Captum(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        # In steps of a byte, for the file.
        noise = np.random.default_rng(3).integers(0, 256, (INPUT, INPUT, 3)) / 255
        limpid.write_picture(cls.folder / "photo.png", noise.astype(np.float32))
        cls.picture = limpid.read_picture(cls.folder / "photo.png").transpose(2, 0, 1)[None].copy()

    def ours(self, objective, layer, *options):
        subprocess.run([PROGRAM, "attribute", "photo.png", objective, "--to", layer, "--device", "cpu", "-o", "a.npy",
                        *options], cwd=self.folder, check=True, capture_output=True)
        return np.load(self.folder / "a.npy")

    def theirs(self, head, channel, layer, steps):
        """And by how much the sum misses the difference, as a share of it."""
        features = limpid_torch.Features(self.net, [head], start=layer)
        activations = torch.from_numpy(self.net.activations(self.picture, layer)[layer])

        def value(x):
            return features(x)[head][:, channel, 0, 0]

        parts, missed = IntegratedGradients(value).attribute(
            activations, n_steps=steps, internal_batch_size=8, return_convergence_delta=True)
        with torch.no_grad():
            change = value(activations) - value(0 * activations)
        return parts[0].detach().numpy(), abs(float(missed / change))

    def test_smooth_integrands_agree(self):
        # From there on the network is a mean, a product and a softmax: rules of high order converge fast.
        theirs, missed = self.theirs("softmax", 1, "mixed5b", 64)
        self.assertLess(missed, 1e-4)
        ours = self.ours("softmax:1", "mixed5b", "--tolerance", "5e-5", "--gradients", "4096")
        self.assertGreater(np.count_nonzero(ours), 100)
        self.assertLess(distance(ours, theirs), 1e-4)

    def test_kinks_agree_within_what_both_miss(self):
        # ReLUs above make steps of the integrand, which a fixed rule meets by chance.
        theirs, missed = self.theirs("logits", 1, "mixed5a", 64)
        ours = self.ours("logits:1", "mixed5a", "--tolerance", "5e-3")
        self.assertLess(distance(ours, theirs), 0.02 + missed)

    def test_expanded_weights_are_captums_over_two_modules(self):
        # By extract_expanded_weights of captum's optim-wip branch, which no release has: the gradient of the neuron in the
        # middle, ReLUs the identity and max-pools nn.AvgPool2d, at an input of zeros. Without biases, which add nothing.
        subprocess.run([PROGRAM, "export", os.environ["LIMPID_WEIGHTS"], "weights.npz"], cwd=self.folder, check=True,
                       capture_output=True)
        channel, side = 400, 15  # Of the 5x5 branch, which sees 9 x 9 positions.
        with np.load(self.folder / "weights.npz") as file:
            weights = {name: torch.from_numpy(file[name].astype(np.float64)) for name in file if "mixed4" in name}

        def convolved(name, x):
            filters = weights[f"{name}_w"]
            return torch.nn.functional.conv2d(x, filters, padding=filters.shape[-1] // 2)

        def module(name, x):
            pooled = torch.nn.functional.avg_pool2d(x, 3, stride=1, padding=1)
            return torch.cat([
                convolved(f"{name}_1x1", x),
                convolved(f"{name}_3x3", convolved(f"{name}_3x3_bottleneck", x)),
                convolved(f"{name}_5x5", convolved(f"{name}_5x5_bottleneck", x)),
                convolved(f"{name}_pool_reduce", pooled),
            ], 1)

        x = torch.zeros(1, 512, side, side, dtype=torch.float64, requires_grad=True)
        module("mixed4c", module("mixed4b", x))[0, channel, side // 2, side // 2].backward()
        theirs = x.grad[0, :, 3:12, 3:12].numpy().copy()
        self.assertEqual(np.count_nonzero(x.grad), np.count_nonzero(theirs))
        subprocess.run([PROGRAM, "weights", f"mixed4c:{channel}", "--from", "mixed4a", "--device", "cpu", "-o", "w.npy"],
                       cwd=self.folder, check=True, capture_output=True)
        ours = np.load(self.folder / "w.npy")
        self.assertEqual(ours.shape, theirs.shape)
        self.assertLess(np.abs(ours - theirs).max(), 1e-5 * np.abs(theirs).max())

    def test_a_linear_head_is_exact(self):
        theirs, _ = self.theirs("logits", 1, "mixed5b", 8)
        self.assertLess(distance(self.ours("logits:1", "mixed5b"), theirs), 1e-5)


if __name__ == "__main__":
    main()
