"""Sessions: derivatives against one another, numbers of passes, start layers, linear sessions, and mistakes."""
from support import SIDE, Case, distance, limpid, main, np, pictures


class Sessions(Case):
    def test_derivatives_agree(self):
        session = limpid.Session(self.net, ["mixed3a", "mixed3b:pre"], push=True)
        x, tangent = pictures(2), pictures(2, seed=1) - 0.5
        shapes = session.target_shapes(2, SIDE, SIDE)
        self.assertEqual({name: a.shape for name, a in session.forward(x).items()}, shapes)
        random = np.random.default_rng(2)
        cotangents = {name: random.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}
        pushed = session.push(tangent)
        gradient = session.backward(cotangents)
        by_push = sum(np.vdot(pushed[name].astype(np.float64), c) for name, c in cotangents.items())
        scale = np.linalg.norm(gradient) * np.linalg.norm(tangent)
        self.assertLess(abs(by_push - np.vdot(gradient.astype(np.float64), tangent)), 1e-6 * scale)
        # One by one, in order, and with what is left out as zeros.
        parts = session.backward([cotangents["mixed3a"], None]) + session.backward({"mixed3b:pre": cotangents["mixed3b:pre"]})
        self.assertLess(distance(parts, gradient), 1e-6)

    def test_an_objectives_gradient(self):
        x = pictures(3)
        values, gradient = self.net.gradient(x, "mixed3a:11")
        session = limpid.Session(self.net, ["mixed3a"])
        activations = session.forward(x)["mixed3a"]
        self.assertLess(distance(values, activations[:, 11].mean((1, 2))), 1e-6)
        cotangent = np.zeros_like(activations)
        cotangent[:, 11] = 1 / activations[0, 7].size
        self.assertLess(distance(session.backward([cotangent]), gradient), 2e-6)
        self.assertEqual(values.dtype, np.float64)

    def test_backward_goes_through_the_pass_that_is_meant(self):
        session = limpid.Session(self.net, ["mixed3a"])
        cotangent = [np.ones((1, 256, 8, 8), np.float32)]
        self.assert_error(limpid.UsageError, "a forward pass first", session.backward, cotangent)
        session.forward(pictures(seed=0))
        first, of_first = session.passes, session.backward(cotangent)
        np.testing.assert_array_equal(session.backward(cotangent, forward_pass=first), of_first)
        session.forward(pictures(seed=1))
        self.assert_error(limpid.UsageError, "another forward pass since", session.backward, cotangent, forward_pass=first)
        self.assertGreater(distance(session.backward(cotangent), of_first), 0.1)

    def test_a_start_layer(self):
        x = pictures()
        whole = self.net.activations(x, ["mixed3b", "mixed4a"])
        tail = limpid.Session(self.net, ["mixed4a"], start="mixed3b")
        self.assertLess(distance(tail.forward(whole["mixed3b"])["mixed4a"], whole["mixed4a"]), 1e-6)
        self.assertEqual(tail.backward([whole["mixed4a"]]).shape, whole["mixed3b"].shape)

    def test_a_linear_session(self):
        session = limpid.Session(self.net, ["mixed3a"], linear=True)
        cotangent = pictures(1, seed=3)[:, :1].repeat(256, 1)[..., :8, :8].copy()
        one = session.backward([cotangent], shape=(1, 3, SIDE, SIDE))
        self.assertLess(distance(session.backward([2 * cotangent], shape=(1, 3, SIDE, SIDE)), 2 * one), 1e-6)
        self.assert_error(limpid.UsageError, "its input's shape", session.backward, [cotangent])

    def test_pushes_through_a_linear_session(self):
        session = limpid.Session(self.net, ["mixed3a"], linear=True, push=True)
        tangent = pictures(1) - 0.5
        cotangent = np.random.default_rng(3).standard_normal((1, 256, 8, 8), dtype=np.float32)
        pushed = np.vdot(session.push(tangent)["mixed3a"].astype(np.float64), cotangent)
        pulled = np.vdot(session.backward([cotangent], shape=tangent.shape).astype(np.float64), tangent)
        self.assertLess(abs(pushed - pulled), 1e-5 * abs(pushed))

    def test_gradients_pass_relus_by_a_rule(self):
        # An objective before the ReLU has no rule to go by, one behind it does.
        x = pictures()
        for objective, same in (("conv2d0:6:pre", True), ("conv2d0:6", False)):
            (value, plain), (again, leaky) = (limpid.Session(self.net, [], relu_gradient=rule).gradient(x, objective)
                                              for rule in ("plain", "leaky"))
            np.testing.assert_array_equal(value, again)
            self.assertEqual(distance(leaky, plain) < 1e-6, same)
        self.assert_error(limpid.InputError, "plain, redirected, leaky, unmasked", limpid.Session, self.net, ["mixed3a"],
                          relu_gradient="guided")
        self.assert_error(limpid.UsageError, "has no ReLUs", limpid.Session, self.net, ["mixed3a"], linear=True,
                          relu_gradient="leaky")

    def test_units(self):
        x = pictures()
        in_picture, in_network = (limpid.Session(self.net, [], unit=unit).gradient(x, "mixed3a:11")[1]
                                  for unit in ("picture", "network"))
        self.assertLess(distance(255 * in_network, in_picture), 1e-6)

    def test_convolutions_of_renders(self):
        x = pictures()
        exact, fast = (limpid.Session(self.net, ["mixed3a"], translation_exact=exact).forward(x)["mixed3a"] for exact in (True, False))
        self.assertLess(distance(fast, exact), 1e-5)
        self.assertFalse(np.array_equal(fast, exact))

    def test_mistakes(self):
        session = limpid.Session(self.net, ["mixed3a"])
        session.forward(pictures())
        self.assert_error(limpid.UsageError, "'mixed4a' is none", session.backward, {"mixed4a": None})
        self.assert_error(limpid.UsageError, "one for each of 1", session.backward, [])
        self.assert_error(limpid.UsageError, "cotangent", session.backward, [np.zeros((1, 256, 8, 9), np.float32)])
        self.assert_error(limpid.UsageError, "along tangents", session.push, pictures())
        self.assert_error(limpid.UsageError, "give a list", limpid.Session, self.net, "mixed3a")
        self.assert_error(limpid.UsageError, "limpid.Network comes first", limpid.Session, "bvlc.h5", ["mixed3a"])
        for gradient in (session.gradient, self.net.gradient):
            self.assert_error(limpid.UsageError, "objective is a text", gradient, pictures(), None)
        self.assert_error(limpid.InputError, "unit", limpid.Session, self.net, ["mixed3a"], unit="inch")
        self.assert_error(limpid.UsageError, "mixed9", session.gradient, pictures(), "mixed9:1")


if __name__ == "__main__":
    main()
