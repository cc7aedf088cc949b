"""limpid.torch: gradients of losses of torch's own, passes under way at once, torch's checks of operators, its transforms.

Exits with 77 where torch is missing, too.
"""
import copy
import doctest
import gc
import pickle
import sys

from support import SIDE, Case, distance, limpid, main, np, pictures

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from limpid import torch as limpid_torch
from limpid._tensor import library_of, taken


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
        self.assertEqual(library_of(x)(array).data_ptr(), array.ctypes.data)
        self.assert_error(limpid.UsageError, "requires a gradient", self.net.activations, x.requires_grad_(), "mixed3a")

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

    def test_a_tail(self):
        tail = limpid.torch.Features(self.net, ["logits"], start="mixed5a")
        middle = torch.from_numpy(self.net.activations(pictures(), "mixed5a")["mixed5a"]).requires_grad_()
        logits = tail(middle)["logits"]
        logits[0, 3].sum().backward()
        whole = self.net.activations(pictures(), "logits")["logits"]
        self.assertLess(distance(logits.detach(), whole), 1e-5)
        self.assertGreater(float(middle.grad.abs().max()), 0)


if __name__ == "__main__":
    main()
