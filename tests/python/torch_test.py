"""limpid.torch: gradients of losses of torch's own, passes under way at once, torch's checks of operators, its transforms.

Exits with 77 where torch is missing, too.
"""
import copy
import doctest
import gc
import pathlib
import pickle
import sys
import tempfile
import unittest.mock

from support import SIDE, Case, distance, exit_of_a_fork, limpid, main, np, pictures

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from limpid import _torch_image, _torch_pictures
from limpid import torch as limpid_torch
from limpid._tensor import maker_like, numbers_of_torch, taken


def loss_of(features):
    """The Gram matrix's norm of one layer, and the greatest value of another."""
    flat = features["mixed3a"].flatten(2)
    return (flat @ flat.mT / flat.shape[-1]).norm() + features["mixed3b:pre"].amax()


class Torch(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.features = limpid.torch.Features(cls.net, ["mixed3a", "mixed3b:pre"])

    def gradient_of(self, x, module=None):
        x = x.clone().requires_grad_()
        loss_of((module or self.features)(x)).backward()
        return x.grad

    def test_tensors_are_torchs_and_read_where_they_lie(self):
        x = torch.from_numpy(pictures(2))
        expected = self.net.activations(x.numpy(), "mixed3a")["mixed3a"]
        for laid_out in (x, x.to(memory_format=torch.channels_last), torch.cat([x, x], 3)[..., :SIDE]):
            tensor = taken(laid_out, "x")
            self.assertEqual((tensor.address, tensor.copied), (laid_out.data_ptr(), False))
            result = self.net.activations(laid_out, "mixed3a")["mixed3a"]
            self.assertIsInstance(result, torch.Tensor)
            np.testing.assert_array_equal(result.numpy(), expected)
        self.assertTrue(taken(x.double(), "x").copied)
        array = np.zeros(3, np.float32)
        self.assertEqual(maker_like(x)(array).data_ptr(), array.ctypes.data)
        self.assert_error(limpid.UsageError, "requires a gradient", self.net.activations, x.requires_grad_(), "mixed3a")

    def test_values_of_the_other_sign(self):
        """Of views that say so in a bit which DLPack has no word for."""
        x = torch.from_numpy(pictures())
        turned = torch.conj(torch.complex(x, -x)).imag
        self.assertTrue(turned.is_neg())
        expected = self.net.activations(x, "mixed3a")["mixed3a"]
        self.assertTrue(torch.equal(self.net.activations(turned, "mixed3a")["mixed3a"], expected))
        self.assertTrue(taken(turned, "x").copied)

    def test_numbers_as_a_gpu_takes_them(self):
        x = torch.from_numpy(pictures())
        for halves in (False, True):
            self.assertIs(numbers_of_torch(x, "x", halves), x)
            for dtype in (torch.float16, torch.bfloat16, torch.float64):
                given = x.to(dtype)
                numbers = numbers_of_torch(given, "x", halves)
                kept = halves and dtype is not torch.float64
                self.assertEqual((numbers is given, numbers.dtype), (kept, dtype if kept else torch.float32))
                self.assertTrue(torch.equal(numbers.float(), given.float()))
        numbers = numbers_of_torch(torch.conj(torch.complex(x, -x)).imag, "x", True)
        self.assertFalse(numbers.is_neg())
        self.assertTrue(torch.equal(numbers, x))
        for wrong in (torch.complex(x, x), x.int()):
            self.assert_error(limpid.UsageError, f"x has values of {wrong.dtype}", numbers_of_torch, wrong, "x", True)

    def test_gradients_of_a_loss_of_torchs_own(self):
        x = torch.from_numpy(pictures(2))
        activations = self.net.activations(x, ["mixed3a", "mixed3b:pre"])
        leaves = {name: a.clone().requires_grad_() for name, a in activations.items()}
        loss_of(leaves).backward()
        session = limpid.Session(self.net, list(leaves))
        session.forward(x)
        expected = session.backward([leaf.grad for leaf in leaves.values()])
        np.testing.assert_array_equal(self.gradient_of(x).numpy(), expected.numpy())
        # And along a direction by differences, which see the kinks of ReLUs and pools.
        direction = expected / expected.norm()
        with torch.no_grad():
            ahead, behind = (loss_of(self.features(x + s * direction)).double() for s in (0.01, -0.01))
        self.assertLess(abs(float((ahead - behind) / 0.02 / expected.norm()) - 1), 0.05)

    def test_passes_under_way_at_once(self):
        first, second = (torch.from_numpy(pictures(seed=i)) for i in range(2))
        expected = self.gradient_of(first), self.gradient_of(second)
        before = self.features._engine.recomputed
        a, b = first.clone().requires_grad_(), second.clone().requires_grad_()
        of_a, of_b = loss_of(self.features(a)), loss_of(self.features(b))
        of_a.backward()
        of_b.backward()
        self.assertTrue(torch.equal(a.grad, expected[0]) and torch.equal(b.grad, expected[1]))
        self.assertEqual(self.features._engine.recomputed - before, 2)
        self.assertGreater(distance(a.grad, b.grad), 0.1)

    def test_inputs_that_are_kept_elsewhere(self):
        # As what compresses or writes out saved tensors does: they come back at other addresses, here at that of the last
        # pass's own input where it is free.
        first, second = (torch.from_numpy(pictures(seed=i)) for i in range(2))
        expected = self.gradient_of(first), self.gradient_of(second)
        last = []

        def pack(x):
            last[:] = [x.data_ptr()]
            return x.detach().numpy().copy()

        def unpack(kept):
            made = [torch.from_numpy(kept).clone() for _ in range(64)]
            return next((x for x in made if x.data_ptr() == last[0]), made[0])

        for _ in range(10):
            a, b = first.clone().requires_grad_(), second.clone().requires_grad_()
            with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
                of_a, of_b = (loss_of(self.features(x * 1)) for x in (a, b))
            of_a.backward()
            of_b.backward()
            self.assertTrue(torch.equal(a.grad, expected[0]) and torch.equal(b.grad, expected[1]))

    def test_an_input_written_to_since_is_an_error(self):
        x = torch.from_numpy(pictures()).requires_grad_()
        y = x * 1
        loss = loss_of(self.features(y))
        y.detach().zero_()
        with self.assertRaisesRegex(RuntimeError, "modified by an inplace operation"):
            loss.backward()

    def test_torchs_own_checks(self):
        x = torch.from_numpy(pictures()).requires_grad_()
        arguments = (x, self.features._number)
        result = torch.library.opcheck(torch.ops.limpid.features.default, arguments)
        self.assertEqual(set(result.values()), {"SUCCESS"}, result)

    def test_second_derivatives_are_refused(self):
        x = torch.from_numpy(pictures()).requires_grad_()
        gradient, = torch.autograd.grad(loss_of(self.features(x)), x, create_graph=True)
        with self.assertRaisesRegex(limpid.UsageError, "first derivatives alone"):
            gradient.sum().backward()

    def test_vmap(self):
        x = torch.from_numpy(pictures(4)).reshape(2, 2, 3, SIDE, SIDE)
        mapped = torch.vmap(lambda one: self.features(one)["mixed3a"])(x)
        for i in range(2):
            self.assertTrue(torch.equal(mapped[i], self.features(x[i])["mixed3a"]))

    def test_many_cotangents_go_through_one_pass(self):
        x = torch.from_numpy(pictures()).requires_grad_()
        means = self.features(x)["mixed3a"].mean((0, 2, 3))[9:12]
        rows = torch.vmap(lambda row: torch.autograd.grad(means, x, row, retain_graph=True)[0])
        before = self.features._engine.recomputed
        jacobian = rows(torch.eye(3))
        self.assertEqual(self.features._engine.recomputed, before)
        self.assertEqual(jacobian.shape, (3, 1, 3, SIDE, SIDE))
        for i in range(3):
            value, expected = self.net.gradient(x.detach(), f"mixed3a:{9 + i}")
            if value[0] > 0:
                self.assertLess(distance(jacobian[i], expected), 1e-5)
        self.assertGreater(float(jacobian.abs().max()), 0)

    def test_compiled_is_eager(self):
        x = torch.from_numpy(pictures())
        step = torch.compile(lambda one: loss_of(self.features(one)), backend="aot_eager", fullgraph=True)
        given = x.clone().requires_grad_()
        step(given).backward()
        self.assertTrue(torch.equal(given.grad, self.gradient_of(x)))

    def test_types_and_modes(self):
        x = torch.from_numpy(pictures())
        expected = self.gradient_of(x)
        double = self.gradient_of(x.double())
        self.assertEqual(double.dtype, torch.float64)
        self.assertTrue(torch.equal(double.float(), expected))
        with torch.no_grad():
            self.assertFalse(self.features(x.requires_grad_())["mixed3a"].requires_grad)
        with torch.inference_mode():
            inside = self.features(x.detach() * 1)["mixed3a"]
        self.assertTrue(torch.equal(inside, self.features(x.detach())["mixed3a"]))
        with torch.autocast("cpu", torch.bfloat16):
            self.assertTrue(torch.equal(self.features(x.detach())["mixed3a"], inside))

    def test_mistakes(self):
        x = torch.from_numpy(pictures())
        self.assert_error(limpid.UsageError, "x has values of torch.uint8", self.features, (255 * x).byte())
        self.assert_error(limpid.UsageError, "x is a ndarray", self.features, x.numpy())
        self.assert_error(limpid.UsageError, "give a list of layers", limpid.torch.Features, self.net, "mixed3a")
        layers = (name for name in ["mixed3a", "mixed3b:pre"])
        self.assertEqual(limpid.torch.Features(self.net, layers).layers, ("mixed3a", "mixed3b:pre"))

    def test_pictures_are_written(self):
        picture = torch.rand(300, 300, 3, dtype=torch.float64)
        with tempfile.TemporaryDirectory() as folder:
            name = pathlib.Path(folder) / "a.png"
            for given in (picture, picture.float(), picture.bfloat16()):
                limpid.write_picture(name, given)
                self.assertLess(np.abs(limpid.read_picture(name) - given.double().numpy()).max(), 0.502 / 255)

    def test_copies_and_pickles(self):
        x = torch.from_numpy(pictures())
        expected = self.gradient_of(x)
        for module in (copy.deepcopy(self.features), pickle.loads(pickle.dumps(self.features))):
            self.assertIsNot(module._engine, self.features._engine)
            self.assertTrue(torch.equal(self.gradient_of(x, module), expected))
        self.assertEqual(list(self.features.parameters()), [])

    def test_a_graph_keeps_the_session_and_nothing_else_does(self):
        x = torch.from_numpy(pictures()).requires_grad_()
        module = limpid.torch.Features(self.net, ["mixed3a", "mixed3b:pre"])
        number, loss = module._number, loss_of(module(x))
        del module
        gc.collect()
        loss.backward()
        self.assertTrue(torch.equal(x.grad, self.gradient_of(x.detach())))
        del loss
        gc.collect()
        self.assertNotIn(number, limpid_torch._engines)

    def test_the_example_runs(self):
        result = doctest.testmod(limpid_torch)
        self.assertEqual((result.failed, result.attempted), (0, 5))
        result = doctest.testmod(_torch_image)
        self.assertEqual((result.failed, result.attempted), (0, 6))

    def test_a_tail(self):
        tail = limpid.torch.Features(self.net, ["logits"], start="mixed5a")
        middle = torch.from_numpy(self.net.activations(pictures(), "mixed5a")["mixed5a"]).requires_grad_()
        logits = tail(middle)["logits"]
        logits[0, 3].sum().backward()
        whole = self.net.activations(pictures(), "logits")["logits"]
        self.assertLess(distance(logits.detach(), whole), 1e-5)
        self.assertGreater(float(middle.grad.abs().max()), 0)


class Pixels(torch.utils.data.Dataset):
    """Pictures, each with what a layer makes of it."""

    def __init__(self, net):
        self.net = net

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return torch.from_numpy(self.net.activations(pictures(seed=i), "mixed3a")["mixed3a"])


class Workers(Case):
    def test_workers_of_a_data_loader(self):
        expected = torch.stack([Pixels(self.net)[i] for i in range(4)])
        for start in ("fork", "spawn"):
            loader = torch.utils.data.DataLoader(Pixels(self.net), 2, num_workers=2, multiprocessing_context=start)
            self.assertTrue(torch.equal(torch.cat(list(loader)), expected))


    def test_a_fork_while_another_thread_is_inside(self):
        features, x = limpid.torch.Features(self.net, ["mixed3a"]), torch.from_numpy(pictures())
        features(x)
        with features._engine._turn:
            status = exit_of_a_fork(lambda: features(x))
        self.assertEqual(status, 0)


class Images(Case):
    def test_pictures_are_a_jobs(self):
        for options in ({"size": 32}, {"size": (33, 20), "images": 2, "preset": "lucent"}, {"size": (20, 33), "param": "pixel"},
                        {"size": (21, 33), "decay": 1.5, "decorrelate": False, "sd": 1.0}):  # fmt: skip
            job = limpid.Job(self.net, "mixed3a:36", steps=4, **options)
            job.step(4)
            image = limpid.torch.Image.of_job(job)
            # Both transforms add up as many terms as there are pixels, of which the largest decide.
            np.testing.assert_allclose(image.picture(), job.image, rtol=0, atol=2e-6)
            self.assertGreater(np.abs(job.image - 0.5).mean(), 0.01)
            self.assertEqual(image().shape, (options.get("images", 1), 3, *limpid_shape(options["size"])))

    def test_an_optimisation_in_torch_is_the_jobs(self):
        options = {"size": 64, "steps": 3, "transforms": "none", "redirected_relu": 0, "sd": 0.3}
        job = limpid.Job(self.net, "mixed3a_1x1:3:pre", **options)
        image, features = limpid.torch.Image.of_job(job), limpid.torch.Features(self.net, ["mixed3a_1x1:pre"])
        start, optimiser = image.picture(), torch.optim.Adam(image.parameters(), lr=0.05, maximize=True)
        for step in range(3):
            optimiser.zero_grad()
            value = features(image())["mixed3a_1x1:pre"][:, 3].mean()
            value.backward()
            optimiser.step()
            job.step()
            self.assertLess(abs(float(value) - job.objective), 1e-3 * abs(job.objective) + 1e-4)
        # Adam moves a coefficient with next to no gradient either way.
        self.assertLess(np.abs(image.picture() - job.image).mean(), 0.1 * np.abs(start - job.image).mean())

    def test_modules(self):
        torch.manual_seed(1)
        image = limpid.torch.Image(24, batch=2)
        again = limpid.torch.Image(24, batch=2)
        again.load_state_dict(image.state_dict())
        self.assertTrue(torch.equal(image(), again()))
        self.assertEqual([name for name, _ in image.named_parameters()], ["coefficients"])
        self.assertEqual(image.view(image(), [torch.nn.Upsample(40)]).shape, (2, 3, 40, 40))
        self.assertTrue(torch.equal(copy.deepcopy(image)(), image()))

    def test_mistakes(self):
        self.assert_error(limpid.UsageError, "param is 'cppn'", limpid.torch.Image, 24, param="cppn")
        self.assert_error(limpid.UsageError, "are positive", limpid.torch.Image, 24, 0)
        for options, part in (({"param": "cppn"}, "param is 'cppn'"), ({"gray": True}, "its own gray"),
                              ({"preset": "captum"}, "its own amplitude"), ({"shared": [4], "images": 2}, "its own shared")):  # fmt: skip
            job = limpid.Job(self.net, "mixed3a:36", size=32, **options)
            self.assert_error(limpid.UsageError, part, limpid.torch.Image.of_job, job)
        job = limpid.Job(self.net, "mixed3a:36", size=32, sd=1.0)
        with unittest.mock.patch.object(_torch_pictures, "AMPLITUDE", 0.26):
            self.assert_error(limpid.UsageError, "not known in torch", limpid.torch.Image.of_job, job)


def limpid_shape(size):
    return (size, size) if isinstance(size, int) else size


if __name__ == "__main__":
    main()
