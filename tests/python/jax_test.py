"""The recipe of the README for JAX. Exits with 77 where jax is missing."""
import importlib.util
import re
import sys

from support import LIBRARY, PACKAGE, Case, main, python

if importlib.util.find_spec("jax") is None:
    print("skipped: jax is not installed")
    sys.exit(77)


class Jax(Case):
    def test_the_recipe_for_jax(self):
        recipe, = re.findall(r"^```python\n(import threading.*?)^```", (PACKAGE / "README.md").read_text(), re.M | re.S)
        self.assertLessEqual(len(recipe.splitlines()), 25)
        check = ("expected = limpid.Network().gradient(np.full((1, 3, 64, 64), 0.5, np.float32), 'mixed3a:11')\n"
                 "print(abs(float(value) - expected[0][0]) < 1e-5, np.array_equal(gradient, expected[1]))")  # fmt: skip
        done = python(recipe + check, LIMPID_LIBRARY=LIBRARY, JAX_PLATFORMS="cpu")
        self.assertEqual(done.stdout, "True True\n", done.stderr)


if __name__ == "__main__":
    main()
