"""limpid.lucent against lucent: the same numbers from the same seeds.

Exits with 77 where torch or lucent is missing.
"""
import sys

from lucent_test import NEURON, every_objective, other_objectives
from support import Case, distance, main, np

try:
    import torch
    from lucent.modelzoo import inceptionv1 as their_inceptionv1
    from lucent.modelzoo.inceptionv1.helper_layers import RedirectedReLU
    from lucent.optvis import objectives as their_objectives
    from lucent.optvis import param as their_param
    from lucent.optvis import render as their_render
    from lucent.optvis import transform as their_transform
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from limpid.lucent import modelzoo, objectives, param, render, transform

torch.set_num_threads(1)


class AgainstLucent(Case):
    def each(self, make):
        made = []
        for ours in (True, False):
            torch.manual_seed(7)
            np.random.seed(7)
            made.append(make(ours))
        return made

    def assert_same(self, make, tolerance=1e-6):
        ours, theirs = self.each(make)
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=0, atol=tolerance)

    def test_param(self):
        calls = [lambda p: p.image(32, sd=1), lambda p: p.image(33, 20, sd=1, batch=2, decorrelate=False),
                 lambda p: p.image(20, fft=False), lambda p: p.image(16, channels=2), lambda p: p.cppn(8, num_layers=3),
                 lambda p: p.lowres_tensor((4, 3, 16, 16), (1, 3, 4, 8)),
                 lambda p: p.lowres_tensor((4, 3, 16, 16), (1, 3, 8, 8), offset=[1, False, 1, True])]  # fmt: skip
        for call in calls:
            self.assert_same(lambda ours, call=call: call(param if ours else their_param)[1]())

    def test_transforms(self):
        images = torch.rand(2, 3, 24, 31)
        calls = [lambda t: t.pad(3), lambda t: t.pad(3, "constant", 0.2), lambda t: t.normalize(), lambda t: t.random_scale([0.83]),
                 lambda t: t.random_scale([0.9, 1.21]), lambda t: t.preprocess_inceptionv1()]  # fmt: skip
        for call in calls:
            self.assert_same(lambda ours, call=call: call(transform if ours else their_transform)(images), 1e-4)
        # kornia, which lucent moves and turns by, stretches both by 1 / (side - 1): where values change little a pixel that is
        # little, but for the rim.
        smooth = torch.linspace(0, 1, 41).expand(1, 1, 41, 41) + torch.linspace(0, 1, 41)[:, None]
        inside = (..., slice(8, -8), slice(8, -8))
        for call in (lambda t: t.jitter(5), lambda t: t.random_rotate([7.0]), lambda t: t.random_rotate([-0.1], units="rads")):
            make = lambda ours, call=call: call(transform if ours else their_transform)(smooth)[inside]  # noqa: E731
            self.assert_same(make, 2 * 5 / 40 / 40 + 1e-5)
            self.assertGreater(float((make(True) - smooth[inside]).abs().max()), 0.02)

    def test_objectives(self):
        acts = {NEURON: torch.randn(3, 64, 14, 14), "mixed3a": torch.randn(3, 256, 14, 14), "labels": torch.rand(3, 9),
                "mixed3b": torch.randn(3, 480, 14, 14), "input": torch.rand(3, 3, 32, 32)}  # fmt: skip
        ours = {**every_objective(objectives), **other_objectives(objectives)}
        theirs = {**every_objective(their_objectives), **other_objectives(their_objectives)}
        for name, objective in ours.items():
            with self.subTest(name):
                np.testing.assert_allclose(float(objective(acts.get)), float(theirs[name](acts.get)), rtol=2e-5)
                self.assertEqual((objective.name, objective.description), (theirs[name].name, theirs[name].description))

    def test_redirected_relus(self):
        x, cotangent = torch.randn(2, 3, 9, 9).requires_grad_(), torch.randn(2, 3, 9, 9)
        with torch.no_grad():
            x[0, 0, 0] = 0
        made = [relu.apply(x) for relu in (modelzoo._LeakyGradient, RedirectedReLU)]
        self.assertTrue(torch.equal(*made))
        gradients = [torch.autograd.grad(one, x, cotangent)[0] for one in made]
        self.assertTrue(torch.equal(*gradients))
        self.assertFalse(torch.equal(gradients[0], cotangent))

    def test_a_render_of_a_model_of_torchs_own(self):
        torch.manual_seed(137)
        model = their_inceptionv1().eval()
        views = [transform.pad(4), transform.random_scale([0.9, 1.1])]
        # Not Adam, which makes as much of a gradient that rounding alone decides as of any other.
        ours, theirs = self.each(lambda ours: (render if ours else their_render).render_vis(
            model, f"{NEURON}:0", lambda: (param if ours else their_param).image(224), thresholds=(1, 2, 3), show_image=False,
            progress=False, transforms=views, optimizer=lambda p: torch.optim.SGD(p, lr=10)))  # fmt: skip
        self.assertEqual([image.shape for image in ours], [image.shape for image in theirs])
        self.assertLess(np.abs(ours[0] - theirs[0]).max(), 1e-5)
        self.assertLess(distance(ours[2] - ours[0], theirs[2] - theirs[0]), 1e-3)
        self.assertGreater(np.abs(ours[2] - ours[0]).max(), 1e-3)


if __name__ == "__main__":
    main()
