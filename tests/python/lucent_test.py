"""limpid.lucent: both ways of a render against each other, and what it is made of.

Exits with 77 where torch is missing.
"""
import contextlib
import copy
import doctest
import io
import os
import pathlib
import pickle
import re
import signal
import sys
import tempfile
import unittest
import unittest.mock

from support import Case, distance, limpid, main, np

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from limpid import lucent as limpid_lucent
from limpid.lucent import modelzoo, objectives, param, render, transform

torch.set_num_threads(1)

NEURON = "mixed3a_1x1_pre_relu_conv"
WEIGHTS = torch.linspace(-1, 1, 480)


def every_objective(o):
    """Of our module or lucent's, those that limpid has too."""
    return {
        "channel": o.channel(NEURON, 3),
        "class": o.channel("labels", 3),
        "neuron": o.neuron(NEURON, 3),
        "neuron at": o.neuron(NEURON, 3, x=4, y=9),
        "direction": o.direction("mixed3b", WEIGHTS),
        "direction at": o.direction_neuron("mixed3b", WEIGHTS, x=4, y=9),
        "weights": o.channel_weight("mixed3b", WEIGHTS),
        "weights at": o.neuron_weight("mixed3b", WEIGHTS, x=4, y=9),
        "interpolation": o.channel_interpolate(NEURON, 3, NEURON, 7),
        "alignment": o.alignment("mixed3b"),
        "diversity": -o.diversity("mixed3a"),
        "a sum": 2 * o.channel(NEURON, 3) - 1e-7 * o.diversity("mixed3a") - o.blur_input_each_step() / 1e4 + 1,
    }


def other_objectives(o):
    """Those that limpid does not have."""
    return {
        "one of the batch": o.channel(NEURON, 3, batch=1),
        "a box": o.localgroup_weight("mixed3b", WEIGHTS, x=2, y=3, wx=2, wy=4),
        "a box without weights": o.localgroup_weight("mixed3b", x=2, y=3),
        "all channels": o.neuron_weight("mixed3b", None),
        "decay": o.alignment("mixed3b", decay_ratio=3),
    }


class Lucent(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = modelzoo.inceptionv1(network=cls.net)
        cls.plain = modelzoo.inceptionv1(network=cls.net, redirected_ReLU=False)

    def rendered(self, *arguments, seed=0, module=render, **options):
        """The pictures, and what was said."""
        torch.manual_seed(seed)
        np.random.seed(seed)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            images = module.render_vis(*arguments, **{"show_image": False, "progress": False, "verbose": True, **options})
        return images, said.getvalue()

    def test_examples_run(self):
        modules = (limpid_lucent, modelzoo, objectives, param, render, transform)
        self.assertEqual(sum(doctest.testmod(module).failed for module in modules), 0)

    def test_both_ways_agree(self):
        # With the network's own gradients and nothing random.
        for name, objective in every_objective(objectives).items():
            made = []
            for given in (objective, lambda T, objective=objective: objective(T)):
                images, said = self.rendered(self.plain, given, lambda: param.image(224, 231, batch=2, sd=0.3), thresholds=(3,),
                                             transforms=[transform.pad(4, "constant")])  # fmt: skip
                made.append((images[0], [float(loss) for loss in re.findall(r"oss.*: (-?[0-9.]+)$", said, re.M)]))
                self.assertIn("by limpid's engine" if len(made) == 1 else "in torch", said)
            with self.subTest(name):
                (native, losses), (in_torch, their_losses) = made
                self.assertEqual(native.shape, (2, 231, 224, 3))
                # As many digits as are printed, of losses that the first two updates decide; Adam moves a coefficient with next to
                # no gradient either way.
                np.testing.assert_allclose(losses, their_losses, rtol=5e-3, atol=2e-3)
                self.assertLess(np.abs(native - in_torch).mean(), 3e-3)
                self.assertGreater(np.abs(native - 0.5).mean(), 3e-2)

    def test_the_same_seed_gives_the_same_bytes(self):
        def make(seed):
            return self.rendered(self.model, "mixed3a:36", lambda: param.image(48, batch=2), thresholds=(1, 4), seed=seed)[0]

        first, again, other = make(1), make(1), make(2)
        self.assertEqual([image.shape for image in first], [(2, 48, 48, 3)] * 2)
        self.assertEqual(b"".join(map(np.ndarray.tobytes, first)), b"".join(map(np.ndarray.tobytes, again)))
        self.assertGreater(np.abs(first[1] - other[1]).max(), 1e-3)

    def test_parameters_hold_the_result_and_are_gone_on_from(self):
        for shape in ({"w": 48}, {"w": 33, "h": 20}, {"w": 20, "fft": False}):
            torch.manual_seed(3)
            parameters, images = param.image(**shape, batch=2)
            start = images().detach().numpy().transpose(0, 2, 3, 1)
            made, said = self.rendered(self.model, "mixed3a:36", lambda: (parameters, images), thresholds=(1, 4))
            self.assertIn("by limpid's engine", said)
            self.assertLess(np.abs(render.tensor_to_img_array(images()) - made[1]).max(), 1e-5)
            # A step of Adam is small: the first picture is near the start.
            self.assertLess(np.abs(made[0] - start).mean(), np.abs(made[1] - start).mean())
            further, _ = self.rendered(self.model, "mixed3a:36", lambda: (parameters, images), thresholds=(1,), seed=5)
            self.assertLess(np.abs(further[0] - made[1]).mean(), np.abs(further[0] - start).mean())

    def test_which_way_and_why(self):
        def own(images):
            return images * 1

        engine, image = "rendered by limpid's engine", lambda: param.image(32)
        calls = [
            (engine, {}),
            (engine, {"transforms": []}),
            (engine, {"transforms": [transform.pad(3), transform.jitter(2), transform.random_rotate([0.1], "rads")]}),
            (engine, {"optimizer": lambda p: torch.optim.Adam(p, lr=0.1)}),
            (engine, {"fixed_image_size": 224}),
            ("fixed_image_size is 64", {"fixed_image_size": 64}),
            ("preprocess is False", {"preprocess": False}),
            ("the optimiser is SGD", {"optimizer": lambda p: torch.optim.SGD(p, lr=0.1)}),
            ("its own betas", {"optimizer": lambda p: torch.optim.Adam(p, betas=(0.5, 0.9))}),
            ("transform 2 of 2", {"transforms": [transform.jitter(2), own]}),
            ("none that limpid has", {"objective_f": lambda T: -T("mixed3a").mean()}),
            ("a batch of 2", {"objective_f": objectives.diversity("mixed3a") + objectives.channel("mixed3a", 1)}),
            ("other ones than param.image", {"param_f": lambda: param.cppn(32)}),
            ("not what param.image returned", {"param_f": lambda: (param.image(32)[0], param.image(32)[1])}),
        ]
        for part, given in calls:
            options = {"objective_f": "mixed3a:36", "param_f": image, "thresholds": (1,), **given}
            images, said = self.rendered(self.model, **options)
            self.assertIn(part, said.splitlines()[0])
            self.assertEqual((len(images), images[0].shape), (1, (1, 32, 32, 3)))
        self.assertEqual(self.rendered(self.net, "mixed3a:1", image, thresholds=(1,), verbose=False)[1], "")

    def test_a_silent_unit_wakes(self):
        # Of a grey picture some channel is off everywhere.
        grey = torch.full((1, 3, 64, 64), 0.5)
        before = self.net.activations(grey, "mixed3a:pre")["mixed3a:pre"].amax((0, 2, 3))
        silent = int(before.argmin())
        self.assertLess(float(before[silent]), 0)
        moved = []
        for model in (self.model, self.plain):
            images, said = self.rendered(model, lambda T: -T("mixed3a")[:, silent].mean(), lambda: param.image(64, sd=1e-6),
                                         thresholds=(1,), transforms=[])  # fmt: skip
            self.assertIn("in torch", said)
            moved.append(float(np.abs(images[0] - 0.5).max()))
        self.assertGreater(moved[0], 1e-2)
        self.assertLess(moved[1], 1e-4)

    def test_layers_and_hooks(self):
        names = modelzoo.layer_names(self.net)
        self.assertEqual(sorted({"mixed4a_3x3_pre_relu_conv", "mixed4a_3x3", "mixed4a_pool", "softmax2"} - set(names)), [])
        targets = [name for name in names if name != "softmax2_pre_activation_matmul"]
        self.assertEqual(set(self.net.activations(np.zeros((1, 3, 64, 64), np.float32), targets)), set(targets))
        _, images = param.image(64, batch=2)
        T = render.hook_model(self.model, images)
        self.assert_error(limpid.UsageError, "call model(pictures)", render.hook_model(modelzoo.as_model(self.net), images), "mixed3a")
        classes = self.model(images() * 255 - 117)
        self.assertEqual((T("input").shape, T("labels").shape), (images().shape, classes.shape))
        self.assertTrue(torch.equal(T("labels"), classes))
        expected = self.net.activations(images().detach(), "mixed3a_3x3:pre")["mixed3a_3x3:pre"]
        self.assertLess(distance(T("mixed3a_3x3_pre_relu_conv").detach(), expected), 1e-4)
        own = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1), torch.nn.ReLU())
        T = render.hook_model(own, images)
        self.assertTrue(torch.equal(own(images()), T("1")) and torch.equal(T("labels"), T("1")))
        self.assert_error(limpid.UsageError, "no layer 'mixed3a'", T, "mixed3a")

    def test_two_names_of_a_layer(self):
        pairs = [("mixed3a_3x3_pre_relu_conv", "mixed3a_3x3"), ("labels", "softmax2"), ("logits", "softmax2_pre_activation_matmul"),
                 ("mixed3a", "inception_3a/output"), ("mixed3a", "Mixed3a"), ("mixed3a_3x3_pre_relu_conv", "mixed3a_3x3:pre")]  # fmt: skip
        _, images = param.image(64, sd=1)
        for model in (self.model, self.plain):
            for one, other in [*pairs, ("labels", "logits")]:
                objective = objectives.channel(one, 3) + objectives.channel(other, 3)
                self.assertEqual(len(self.rendered(model, objective, lambda: param.image(32), thresholds=(1,), transforms=[lambda x: x])[0]), 1)
            model(images() * 255 - 117)
            T = render.hook_model(model, images)
            for one, other in pairs:
                before, after = T(one).detach(), T(other).detach()
                self.assertTrue(torch.equal(before.clamp(min=0), after.clamp(min=0)), (one, other))
            self.assertLess(float(T("mixed3a_3x3:pre").detach().min()), 0)
            self.assertLess(distance(T("labels").detach(), self.net.activations(images().detach(), "softmax")["softmax"].flatten(1)), 1e-5)

    def test_a_redirected_relu_is_lucents(self):
        # A tenth of the gradient goes back through a unit that is off.
        x = torch.randn(1, 3, 64, 64).sigmoid().requires_grad_()
        seen = modelzoo.Seen(self.net, True)
        seen.look(x)
        made = seen("mixed3a_3x3")
        cotangent = torch.randn(made.shape, generator=torch.Generator().manual_seed(1))
        gradient, = torch.autograd.grad(made, x, cotangent)
        session = limpid.Session(self.net, ["mixed3a_3x3:pre"])
        before = session.forward(x.detach())["mixed3a_3x3:pre"]
        self.assertLess(0.1, float((before < 0).float().mean()))
        expected = session.backward([cotangent * torch.where(before < 0, 0.1, 1.0)])
        self.assertLess(distance(gradient, expected), 1e-6)

    def test_hooks_on_layers(self):
        model, pictures = modelzoo.inceptionv1(network=self.net), torch.rand(2, 3, 64, 64)
        hook, calls = render.ModuleHook(model.mixed3a), []
        model.mixed3b_1x1_pre_relu_conv.register_forward_hook(lambda module, given, output: calls.append(output.shape))
        self.assertIsNone(hook.features)
        model(pictures * 255 - 117)
        self.assertIs(hook.module, model.mixed3a)
        expected = self.net.activations(pictures, "mixed3a")["mixed3a"]
        self.assertLess(distance(hook.features.detach(), expected), 1e-5)
        self.assertEqual(calls, [(2, 128, 8, 8)])
        # A loss of one's own by the hook is what a render goes by.
        images, said = self.rendered(model, lambda T: -hook.features[:, 36].mean(), lambda: param.image(32), thresholds=(2,))
        self.assertEqual((len(calls), images[0].shape), (3, (1, 32, 32, 3)))
        _, said = self.rendered(model, "mixed3a:36", lambda: param.image(32), thresholds=(1,))
        self.assertIn("in torch, for layer 'mixed3a' of the model has hooks", said)
        hook.close()
        hook.features = None
        model(pictures)
        self.assertIsNone(hook.features)
        model.mixed3a.register_forward_hook(lambda module, given, output: 2 * output)
        self.assert_error(limpid.UsageError, "a hook of layer 'mixed3a' returned something", model, pictures)

    def test_models_are_modules(self):
        model = modelzoo.inceptionv1(network=self.net)
        self.assertEqual(next(model.parameters()).device, torch.device("cpu"))
        self.assertEqual(sum(parameter.numel() for parameter in model.parameters()), 0)
        x = torch.rand(1, 3, 64, 64, requires_grad=True)
        classes = model(x)
        for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            self.assert_error(limpid.UsageError, "no picture yet", copied.seen, "mixed3a")
            self.assertTrue(torch.equal(copied(x), classes))

    def test_pictures_of_raw_parameters(self):
        images, said = self.rendered(self.model, "mixed3a:36", lambda: param.pixel_image((1, 3, 32, 32)), thresholds=(1, 2),
                                     transforms=[])  # fmt: skip
        self.assertIn("in torch", said)
        self.assertGreater(np.abs(images[0] - images[1]).max(), 1e-3)

    def test_what_fails_is_not_rendered_in_torch(self):
        refused = unittest.mock.PropertyMock(side_effect=limpid.InputError("foreign"))
        with unittest.mock.patch.object(limpid.Job, "parameters", refused):
            self.assert_error(limpid.InputError, "foreign", self.rendered, self.model, "mixed3a:36", lambda: param.image(32))

    def test_a_model_keeps_no_hooks_of_a_render_that_fails(self):
        def fail():
            raise KeyError("mine")

        model, parameters = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1)), [torch.zeros(1, requires_grad=True)]
        with self.assertRaisesRegex(KeyError, "mine"):
            self.rendered(model, "0:1", lambda: (parameters, fail))
        self.assertEqual(len(model[0]._forward_hooks), 0)

    def test_ctrl_c_keeps_the_pictures(self):
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        steps = []

        def interrupt(images):
            steps.append(images)
            if len(steps) == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return images

        images, said = self.rendered(self.model, "mixed3a:36", lambda: param.image(32), transforms=[interrupt], thresholds=(1, 99))
        self.assertIn("Interrupted optimization at step 3.", said)
        self.assertEqual([image.shape for image in images], [(1, 32, 32, 3)] * 2)
        calls, take = [], limpid.Job.step

        def interrupted(job, count=1):
            calls.append(count)
            if len(calls) == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return take(job, count)

        with unittest.mock.patch.object(limpid.Job, "step", interrupted):
            images, said = self.rendered(self.model, "mixed3a:36", lambda: param.image(32), thresholds=(1, 99))
        self.assertIn("Interrupted optimization at step 3.", said)
        self.assertEqual([image.shape for image in images], [(1, 32, 32, 3)] * 2)

    def test_pictures_are_written(self):
        with tempfile.TemporaryDirectory() as folder:
            name = pathlib.Path(folder) / "a.png"
            self.rendered(self.model, "mixed3a:36", lambda: param.image(32, batch=2), thresholds=(1,), save_image=True,
                          image_name=str(name))  # fmt: skip
            self.assertEqual(name.read_bytes()[16:24], bytes([0, 0, 0, 64, 0, 0, 0, 32]))

    def test_transforms(self):
        square = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])[None, None]
        for turns in (1, 2, 3):
            turned = transform.random_rotate([90 * turns])(square)
            self.assertTrue(torch.equal(turned[0, 0], torch.rot90(square[0, 0], turns)))
        self.assertTrue(torch.equal(transform.random_scale([1])(square), square))
        texts = {
            "5*0.0": [0] * 5,
            "-10.0..-1.0/10,6*0.0,1.0..10.0/10": [*range(-10, 11)] + [0] * 5,
            "0.5..1.0/2,4.0": [1, 0.5, 4],
            "-10.0..-6.0/5,2*-5.0..-3.0/3,12*-2.0..1.0/4,2*2.0..4.0/3,5.0..9.0/5":
                [*range(-10, 10), *range(-5, 5), *([*range(-2, 2)] * 10)],
        }  # fmt: skip
        for text, values in texts.items():
            self.assertEqual(transform._choices(values), text)
            limpid.Job(self.net, "conv2d0:1", size=64, steps=1, transforms=f"lucent: rotate({text})")
        self.assertEqual(transform.random_scale([n / 100 for n in range(80, 120)]).native, "scale(0.8..1.19/40)")
        self.assert_error(limpid.UsageError, "d above 1", transform.jitter, 1)

    def test_views_are_the_engines(self):
        # Lists that leave nothing to chance, each as the engine applies it and as torch does.
        lists = [[transform.pad(5)], [transform.pad(3, "constant", 0.2), transform.random_scale([1.13])],
                 [transform.random_scale([0.83])], [transform.random_rotate([7.0])], []]  # fmt: skip
        objectives_seen = [f"conv2d0:{channel}:pre@{y},{x}" for channel in (0, 9, 30) for y, x in ((20, 31), (77, 24), (40, 88))]
        for views in lists:
            text = "lucent: " + (" ".join(view.native for view in views) or "none")
            for size in (64, 225):
                values, expected = [], []
                for objective in objectives_seen:
                    job = limpid.Job(self.net, objective, size=size, steps=1, preset="lucent", sd=1.0, transforms=text)
                    seen = transform.compose(views)(torch.from_numpy(job.image.transpose(2, 0, 1)[None]))
                    if size < 224:
                        seen = torch.nn.functional.interpolate(seen, (224, 224), mode="bilinear", align_corners=True)
                    job.step()
                    values.append(job.objective)
                    expected.append(float(self.net.gradient(seen, objective)[0]))
                self.assertLess(distance(values, expected), 1e-4, text)

    def test_mistakes(self):
        for given in (3, "mixed3a", "mixed3a:x"):
            self.assert_error(limpid.UsageError, "'mixed4a:11'", render.render_vis, self.model, given)
        with self.assertRaisesRegex(TypeError, "Can only divide by int or float"):
            objectives.channel("mixed3a", 1) / objectives.channel("mixed3a", 1)
        self.assert_error(limpid.UsageError, "unknown layer 'mixed9'", self.rendered, self.model, "mixed9:1")


if __name__ == "__main__":
    main()
