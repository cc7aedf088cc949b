"""Renders that are pulled: the bytes of a render, steering, state, a loss of one's own, cancelling."""
import base64
import os
import re
import signal
import sys
import threading
import types
from unittest import mock

from support import SOURCE, Case, limpid, main, np


class Jobs(Case):
    OPTIONS = {"size": 32, "steps": 6, "seed": 3}

    def test_a_job_makes_the_bytes_of_a_render(self):
        job = limpid.Job(self.net, "mixed3a:11", **self.OPTIONS)
        self.assertTrue(np.isnan(job.objective))
        self.assertEqual([job.step(), job.step(3), job.step(100)], [1, 4, 6])
        r = limpid.render(self.net, "mixed3a:11", **self.OPTIONS)
        np.testing.assert_array_equal(job.image, r.image)
        self.assertEqual(job.objective, r.objective)

    def test_ctrl_c_ends_steps_and_not_the_job(self):
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        job = limpid.Job(self.net, "conv2d0:1", size=16, steps=1000000)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        self.addCleanup(timer.cancel)
        with self.assertRaises(KeyboardInterrupt):
            job.step(100000)
        done = job.describe()["steps_done"]
        self.assertLess(done, 100000)
        self.assertEqual(job.step(2), done + 2)

    def test_a_notebook_shows_the_picture_as_it_grows(self):
        shown = []

        class Handle:
            def update(self, contents, raw):
                shown.append((contents, raw))

        def display(contents, raw, display_id):
            shown.append((contents, raw and display_id))
            return Handle()

        job = limpid.Job(self.net, "mixed3a:11 - 0.5*mixed3a:3", **self.OPTIONS)
        with mock.patch.dict(sys.modules, {"IPython.display": None}):
            self.assert_error(limpid.UsageError, "IPython is not installed", job.show)
        fake = types.ModuleType("IPython.display")
        fake.display = display
        with mock.patch.dict(sys.modules, {"IPython": types.ModuleType("IPython"), "IPython.display": fake}):
            self.assert_error(limpid.UsageError, "give a number above 0", job.show, every=0)
            job.show(every=1000)
        job.step(2)
        job.step(2)
        job.step(0)  # The same picture is not shown again.
        self.assertEqual([raw for _, raw in shown], [True] * 3)
        self.assertEqual(shown[0][0]["text/plain"], "step 0 of 6")
        self.assertRegex(shown[2][0]["text/plain"], r"^mixed3a:11 - 0\.5\*mixed3a:3 = [-0-9.e]+, step 4 of 6$")
        png = base64.b64decode(re.search('base64,([^"]*)', shown[2][0]["text/html"]).group(1))
        self.assertEqual(png, limpid.image.png_of(job.image))
        again = limpid.Job(self.net, "mixed3a:11 - 0.5*mixed3a:3", **self.OPTIONS)
        again.step(4)
        np.testing.assert_array_equal(again.image, job.image)

    def test_a_plateau_is_where_a_render_has_it(self):
        options = {"size": 16, "steps": 400, "patience": 2, "learning_rate": 1.0}
        job = limpid.Job(self.net, "conv2d0:1", **options)
        done = job.step(400)
        self.assertLess(done, 400)
        self.assertEqual((job.step(400), job.describe()["steps_done"]), (done, done))
        self.assertEqual(len(limpid.render(self.net, "conv2d0:1", **options).curve), done)

    def test_state_and_steering(self):
        job = limpid.Job(self.net, "mixed3a:11", steerable=True, **self.OPTIONS)
        job.step(2)
        job.set(objective="mixed3a:12", view_strength=0.5)
        self.assertEqual(job.describe()["steering"][0]["step"], 2)
        job.step(1)
        again = limpid.Job.restore(self.net, job.save())
        self.assertEqual((again.step(3), job.step(3)), (6, 6))
        np.testing.assert_array_equal(again.image, job.image)
        self.assertGreater(np.abs(limpid.render(self.net, "mixed3a:11", **self.OPTIONS).image - job.image).max(), 0)
        self.assert_error(limpid.InputError, "state of a job", limpid.Job.restore, self.net, job.save()[:-9])
        self.assertEqual(limpid.Job.restore(self.net, bytearray(job.save())).describe(), job.describe())
        self.assert_error(limpid.UsageError, "a state is bytes", limpid.Job.restore, self.net, "a state")

    def test_what_is_optimised_is_had_and_set(self):
        job = limpid.Job(self.net, "conv2d0:1", size=(16, 20), images=2, param="pixel", steps=4)
        job.step(2)
        parameters, picture = job.parameters, job.image
        self.assertEqual(parameters.shape, (2, 3, 16 * 20))
        again = limpid.Job.restore(self.net, job.save())
        job.parameters = 0 * parameters
        np.testing.assert_array_equal(job.image, np.full((16, 40, 3), 0.5, np.float32))
        self.assert_error(limpid.UsageError, "2x3x320", setattr, job, "parameters", parameters[:1])
        parameters[1, 2, 3] = np.nan
        self.assert_error(limpid.UsageError, "value 3 of plane 2 of image 1", setattr, job, "parameters", parameters)
        np.testing.assert_array_equal(job.parameters, 0 * again.parameters)
        job.parameters = again.parameters[:, :, ::-1][:, :, ::-1]
        np.testing.assert_array_equal(job.image, picture)
        self.assertEqual((again.step(2), job.step(2)), (4, 4))
        np.testing.assert_array_equal(again.image, job.image)

    def test_a_decoders_latent(self):
        options = {"size": 32, "steps": 12, "param": "decoder", "decoder": f"{SOURCE}/tests/fixtures/decoder.h5"}
        job = limpid.Job(self.net, "conv2d0:1", **options)
        job.step(1)
        begin = job.objective
        self.assertEqual(job.parameters.shape, (1, 1, 8))
        job.step(11)
        self.assertGreater(job.objective, begin)
        again = limpid.Job.restore(self.net, job.save())
        np.testing.assert_array_equal(again.image, job.image)
        # Much of a penalty leaves little of the latent.
        pulled = limpid.Job(self.net, "conv2d0:1", latent_penalty=1e6, **{**options, "steps": 100})
        pulled.step(100)
        self.assertLess(np.abs(pulled.parameters).max(), 0.2 * np.abs(job.parameters).max())
        self.assert_error(limpid.UsageError, "makes pictures of 32x32", limpid.Job, self.net, "conv2d0:1",
                          **{**options, "size": 40})
        self.assert_error(limpid.UsageError, "need its file", limpid.Job, self.net, "conv2d0:1", param="decoder")
        self.assert_error(limpid.InputError, "no decoder", limpid.Job, self.net, "conv2d0:1",
                          **{**options, "decoder": f"{SOURCE}/weights/default.h5"})

    def test_a_loss_of_ones_own(self):
        own = limpid.Job(self.net, targets=["mixed3a"], **self.OPTIONS)
        while own.describe()["steps_done"] < 6:
            cotangent = np.zeros_like(own.activations()["mixed3a"])
            cotangent[:, 11] = 1 / cotangent[0, 0].size
            done = own.step_with({"mixed3a": cotangent})
        self.assertEqual(done, 6)
        usual = limpid.render(self.net, "mixed3a:11", **self.OPTIONS).image
        self.assertLess(np.abs(own.image - usual).max(), 1e-3)
        state = limpid.Job.restore(self.net, own.save())
        self.assertEqual(state.targets, ("mixed3a",))
        self.assert_error(limpid.UsageError, "targets", own.step)

    def test_cancel_from_another_thread(self):
        job = limpid.Job(self.net, "mixed3a:11", size=32, steps=100000)
        job.step()
        threading.Timer(0.2, job.cancel).start()
        self.assert_error(limpid.Cancelled, "cancelled", job.step, 100000)
        self.assertLess(job.describe()["steps_done"], 100000)
        self.assertEqual(job.image.shape, (32, 32, 3))

    def test_mistakes(self):
        self.assert_error(limpid.UsageError, "no option 'szie'", limpid.Job, self.net, "mixed3a:1", szie=3)
        self.assert_error(limpid.UsageError, "give a list", limpid.Job, self.net, "mixed3a:1", targets="mixed3a")
        self.assert_error(limpid.InputError, "objective", limpid.Job, self.net)
        job = limpid.Job(self.net, "mixed3a:1", size=32)
        self.assert_error(limpid.UsageError, "mixed4a", job.set, objective="mixed4a:1")

    def test_every_preset_goes_on_to_the_bit(self):
        for preset in limpid.presets():
            with self.subTest(preset=preset):
                options = {"preset": preset, "size": 32, "steps": 5}
                whole = limpid.render(self.net, "mixed3a:1", **options).image
                np.testing.assert_array_equal(limpid.render(self.net, "mixed3a:1", **options).image, whole)
                job = limpid.Job(self.net, "mixed3a:1", **options)
                job.step(2)
                again = limpid.Job.restore(self.net, job.save())
                self.assertEqual(again.step(9), 5)
                np.testing.assert_array_equal(again.image, whole)


if __name__ == "__main__":
    main()
