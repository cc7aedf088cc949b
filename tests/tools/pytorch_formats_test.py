#!/usr/bin/env python3
"""limpid convert and limpid export against the writers and readers of PyTorch, safetensors and numpy themselves.

usage: pytorch_formats_test.py LIMPID    (exit status 77 where PyTorch or numpy is not installed)
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

try:
    import numpy
    import torch
    from torch import nn
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)
try:
    import safetensors
    import safetensors.torch
except ImportError:
    safetensors = None

LIMPID = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)

MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
# Szegedy et al. 2015, table 1: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool.
PAPER = {"3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64), "4a": (192, 96, 208, 16, 48, 64),
         "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
         "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128),
         "5b": (384, 192, 384, 48, 128, 128)}
INCEPTION5H = dict(PAPER, **{"4a": (192, 96, 204, 16, 48, 64), "5a": (256, 160, 320, 48, 128, 128)})
PARTS = ("1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce")
CAPTUM_PARTS = ("conv_1x1", "conv_3x3_reduce", "conv_3x3", "conv_5x5_reduce", "conv_5x5", "pool_proj")


def shapes(table, classes):
    """Filter shapes of all layers by canonical name."""
    result = {"conv2d0": (64, 3, 7, 7), "conv2d1": (64, 64, 1, 1), "conv2d2": (192, 64, 3, 3)}
    c = 192
    for name in MODULES:
        one, reduce3, three, reduce5, five, pool = table[name]
        filters = ((one, c, 1, 1), (reduce3, c, 1, 1), (three, reduce3, 3, 3), (reduce5, c, 1, 1),
                   (five, reduce5, 5, 5), (pool, c, 1, 1))
        result.update({f"mixed{name}_{part}": shape for part, shape in zip(PARTS, filters)})
        c = one + three + five + pool
    result["logits"] = (classes, c)
    return result


def random_weights(seed):
    """Weights of inception5h's shape by canonical name: <layer>.weight and <layer>.bias."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in shapes(INCEPTION5H, 1008).items():
        weights[f"{name}.weight"] = torch.randn(shape, generator=generator) / 16
        weights[f"{name}.bias"] = torch.randn(shape[0], generator=generator)
    return weights


def lucent_name(layer):
    return "softmax2_pre_activation_matmul" if layer == "logits" else f"{layer}_pre_relu_conv"


def captum_name(layer):
    names = {"conv2d0": "conv1", "conv2d1": "conv2", "conv2d2": "conv3", "logits": "fc"}
    if layer in names:
        return names[layer]
    module, part = layer.split("_", 1)
    return f"{module}.{CAPTUM_PARTS[PARTS.index(part)]}"


def renamed(weights, rename):
    return {f"{rename(key.rsplit('.', 1)[0])}.{key.rsplit('.', 1)[1]}": value for key, value in weights.items()}


class Normalised(nn.Module):
    """A convolution without bias, batch normalisation with an epsilon of 1e-3, ReLU."""

    def __init__(self, c, k, size, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(c, k, size, stride, padding=size // 2, bias=False)
        self.bn = nn.BatchNorm2d(k, eps=1e-3)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Branches(nn.Module):
    """A module of torchvision's GoogLeNet: its 5x5 convolution is a 3x3."""

    def __init__(self, c, one, reduce3, three, reduce5, five, pool):
        super().__init__()
        self.branch1 = Normalised(c, one, 1)
        self.branch2 = nn.Sequential(Normalised(c, reduce3, 1), Normalised(reduce3, three, 3))
        self.branch3 = nn.Sequential(Normalised(c, reduce5, 1), Normalised(reduce5, five, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, padding=1, ceil_mode=True), Normalised(c, pool, 1))

    def forward(self, x):
        return torch.cat([branch(x) for branch in (self.branch1, self.branch2, self.branch3, self.branch4)], 1)


class TorchvisionGoogLeNet(nn.Module):
    """torchvision.models.googlenet(transform_input=True) in evaluation, for its names and its arithmetic."""

    def __init__(self):
        super().__init__()
        self.conv1 = Normalised(3, 64, 7, 2)
        self.conv2 = Normalised(64, 64, 1)
        self.conv3 = Normalised(64, 192, 3)
        c = 192
        for name in MODULES:
            widths = PAPER[name]
            setattr(self, f"inception{name}", Branches(c, *widths))
            c = widths[0] + widths[2] + widths[4] + widths[5]
        self.aux1 = nn.Sequential(Normalised(512, 128, 1), nn.Linear(2048, 1024))
        self.aux2 = nn.Sequential(Normalised(528, 128, 1), nn.Linear(2048, 1024))
        self.fc = nn.Linear(c, 1000)

    def forward(self, x):
        mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        x = x * (deviation / 0.5) + (mean - 0.5) / 0.5
        pool = nn.functional.max_pool2d
        x = pool(self.conv1(x), 3, 2, ceil_mode=True)
        x = pool(self.conv3(self.conv2(x)), 3, 2, ceil_mode=True)
        for name in MODULES:
            x = getattr(self, f"inception{name}")(x)
            if name == "3b":
                x = pool(x, 3, 2, ceil_mode=True)
            if name == "4e":
                x = pool(x, 2, 2, ceil_mode=True)
        return self.fc(x.mean((2, 3)))

    def randomise(self, seed):
        """Filters that keep the scale of their input, statistics and affine parameters of every kind."""
        generator = torch.Generator().manual_seed(seed)

        def fill(tensor, low, high):
            tensor.copy_(low + (high - low) * torch.rand(tensor.shape, generator=generator))

        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, (nn.Conv2d, nn.Linear)):
                    limit = (6 / module.weight[0].numel()) ** 0.5
                    fill(module.weight, -limit, limit)
                if isinstance(module, nn.BatchNorm2d):
                    fill(module.weight, 0.5, 1.5)
                    fill(module.bias, -0.2, 0.5)
                    fill(module.running_mean, -0.5, 0.5)
                    fill(module.running_var, 0.0005, 1.5)
        return self.eval()


def write_png(path, pixels):
    """Pixels: height x width x 3, 8 bits."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) +
                     chunk(b"IEND", b""))


class Formats(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def limpid(self, *arguments, exit_code=0):
        command = [LIMPID, *map(str, arguments)]
        finished = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(finished.returncode, exit_code, finished.stderr)
        return finished.stdout if exit_code == 0 else finished.stderr

    def assert_same(self, found, expected):
        """Tensors of two mappings, bit for bit."""
        self.assertEqual(sorted(found), sorted(expected))
        for name, tensor in expected.items():
            self.assertEqual(tuple(found[name].shape), tuple(tensor.shape), name)
            self.assertTrue(torch.equal(torch.as_tensor(found[name]), tensor), name)

    def exported(self, source):
        """What numpy reads of the converted and exported file, by canonical name."""
        self.limpid("convert", source, "converted.h5")
        self.limpid("export", "converted.h5", "exported.npz")
        with numpy.load(self.folder / "exported.npz") as archive:
            self.rules = json.loads(archive["limpid"][0])
            suffixes = {"_w": ".weight", "_b": ".bias"}
            return {name[:-2] + suffixes[name[-2:]]: archive[name] for name in archive.files
                    if name[-2:] in suffixes}

    def expect_round_trip(self, source, weights):
        self.assert_same(self.exported(source), weights)
        self.assertEqual(self.rules["family"], "inception5h")
        self.assertEqual(self.rules["padding"], "tf_same")
        self.assertEqual(self.rules["source"], source)
        for destination in ("exported.npz", "exported.safetensors"):
            self.limpid("export", "converted.h5", destination)
            self.limpid("convert", destination, "again.h5")
            again, converted = ((self.folder / name).read_bytes() for name in ("again.h5", "converted.h5"))
            self.assertEqual(again, converted, destination)

    def test_torch_save_under_lucents_names(self):
        weights = random_weights(1)
        torch.save(renamed(weights, lucent_name), self.folder / "lucent.pth")
        self.expect_round_trip("lucent.pth", weights)

    def test_torch_save_of_a_module_under_captums_names(self):
        weights = random_weights(2)
        tensors = renamed(weights, captum_name)
        module = nn.Module()
        module.aux1 = nn.Linear(3, 2)
        for name, tensor in tensors.items():
            *path, leaf = name.split(".")
            parent = module
            for part in path:
                if not hasattr(parent, part):
                    parent.add_module(part, nn.Module())
                parent = getattr(parent, part)
            parent.register_parameter(leaf, nn.Parameter(tensor))
        torch.save({"epoch": 3, "best": None, "loss": 0.25, "state_dict": module.state_dict()},
                   self.folder / "captum.pth")
        self.expect_round_trip("captum.pth", weights)
        self.assertIn("aux1.* (2)", self.limpid("convert", "captum.pth", "converted.h5"))
        torch.save(dict(module.named_parameters()), self.folder / "parameters.pth")
        self.expect_round_trip("parameters.pth", weights)

    def test_torch_save_of_every_type_and_layout(self):
        for dtype in (torch.float16, torch.bfloat16, torch.float64):
            weights = {name: tensor.to(dtype) for name, tensor in random_weights(3).items()}
            torch.save(renamed(weights, lucent_name), self.folder / "typed.pth")
            self.assert_same(self.exported("typed.pth"), {name: t.float() for name, t in weights.items()})
        weights = random_weights(4)
        flat = torch.cat([tensor.flatten() for tensor in weights.values()])
        views, begin = {}, 0
        for name, tensor in weights.items():
            views[name] = flat[begin:begin + tensor.numel()].view(tensor.shape)
            begin += tensor.numel()
        torch.save(renamed(views, lucent_name), self.folder / "views.pth")
        self.assert_same(self.exported("views.pth"), weights)
        channels_last = {name: tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
                         for name, tensor in weights.items()}
        channels_last["logits.weight"] = weights["logits.weight"].t().contiguous().t()
        torch.save(renamed(channels_last, lucent_name), self.folder / "last.pth")
        self.assert_same(self.exported("last.pth"), weights)

    def test_torch_save_of_other_things_is_refused(self):
        weights = renamed(random_weights(5), lucent_name)
        torch.save(weights, self.folder / "old.pth", _use_new_zipfile_serialization=False)
        self.assertIn("before version 1.6", self.limpid("convert", "old.pth", "x.h5", exit_code=2))
        torch.save(nn.Linear(2, 2), self.folder / "module.pth")
        self.assertIn("torch.nn.modules.linear.Linear", self.limpid("convert", "module.pth", "x.h5", exit_code=2))
        torch.save(weights, self.folder / "new_protocol.pth", pickle_protocol=4)
        self.assertIn("protocol 4", self.limpid("convert", "new_protocol.pth", "x.h5", exit_code=2))
        weights["conv2d0_pre_relu_conv.weight"] = weights["conv2d0_pre_relu_conv.weight"][:1].clone().expand(64, 3, 7, 7)
        torch.save(weights, self.folder / "expanded.pth")
        self.assertIn("beyond its storage", self.limpid("convert", "expanded.pth", "x.h5", exit_code=2))
        self.assertFalse((self.folder / "x.h5").exists())

    def test_torchvisions_googlenet(self):
        network = TorchvisionGoogLeNet().randomise(6)
        pixels = numpy.random.default_rng(7).integers(0, 256, (224, 224, 3), dtype=numpy.uint8)
        write_png(self.folder / "photo.png", pixels)
        picture = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
        mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        normalised = (picture - mean) / deviation
        with torch.no_grad():
            # Logits with a deviation of two: neither a flat nor a certain answer could show an error.
            network.fc.weight *= 2 / network(normalised).std()
            torch.save(network.state_dict(), self.folder / "googlenet.pth")
            expected = torch.softmax(network(normalised)[0].double(), 0)
        self.assertGreater(expected.max(), 0.01)
        self.assertLess(expected.max(), 0.9)

        printed = self.limpid("convert", "googlenet.pth", "googlenet.h5")
        self.assertIn("torchvision_googlenet", printed)
        self.assertIn("*.num_batches_tracked (57)", printed)
        answer = json.loads(self.limpid("classify", "photo.png", "--weights", "googlenet.h5", "--top", 1000, "--json",
                                        "--device", "cpu"))
        found = torch.zeros(1000, dtype=torch.double)
        for row in answer["top"]:
            found[row["class"]] = row["probability"]
        apart = (found - expected).abs().max().item()
        print(f"torchvision's GoogLeNet: probabilities up to {expected.max():.3g} differ by {apart:.2g}")
        self.assertLess(apart, 1e-5)

    def test_verify_tells_a_difference(self):
        weights = random_weights(8)
        torch.save(renamed(weights, lucent_name), self.folder / "a.pth")
        self.limpid("convert", "a.pth", "a.h5")
        same = json.loads(self.limpid("verify", "a.h5", "a.pth", "--json", "--device", "cpu"))
        self.assertTrue(same["equal"] and same["within_tolerance"])
        self.limpid("convert", "a.pth", "half.h5", "--half")
        self.limpid("verify", "a.h5", "half.h5", "--device", "cpu", exit_code=1)
        self.limpid("verify", "a.h5", "half.h5", "--device", "cpu", "--tolerance", "0.01")

    def test_numpys_own_archive(self):
        weights = random_weights(9)
        suffixes = {"weight": "w", "bias": "b"}
        arrays = {}
        for name, tensor in weights.items():
            layer, kind = name.rsplit(".", 1)
            arrays[f"{layer}_{suffixes[kind]}"] = tensor.numpy()
        numpy.savez(self.folder / "plain.npz", **arrays)
        self.expect_round_trip("plain.npz", weights)

    @unittest.skipIf(safetensors is None, "safetensors is not installed")
    def test_safetensors_own_files(self):
        for rename in (lucent_name, captum_name, lambda layer: layer):
            weights = random_weights(10)
            safetensors.torch.save_file(renamed(weights, rename), self.folder / "own.safetensors", {"format": "pt"})
            self.expect_round_trip("own.safetensors", weights)
            loaded = safetensors.torch.load_file(self.folder / "exported.safetensors")
            self.assert_same(loaded, weights)
        for dtype in (torch.float16, torch.bfloat16, torch.float64):
            weights = {name: tensor.to(dtype) for name, tensor in random_weights(11).items()}
            safetensors.torch.save_file(renamed(weights, lucent_name), self.folder / "own.safetensors")
            self.assert_same(self.exported("own.safetensors"), {name: t.float() for name, t in weights.items()})
        self.limpid("export", "converted.h5", "half.safetensors", "--half")
        halves = safetensors.torch.load_file(self.folder / "half.safetensors")
        self.assert_same(halves, {name: t.half() for name, t in weights.items()})


if __name__ == "__main__":
    unittest.main()
