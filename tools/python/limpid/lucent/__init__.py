"""lucent's calls on limpid: `from limpid.lucent import render, objectives, param, transform` where it was lucent.optvis.

>>> from limpid.lucent import modelzoo, objectives, param, render
>>> model = modelzoo.inceptionv1(pretrained=True).eval()
>>> images = render.render_vis(model, "mixed3a:36", lambda: param.image(32), thresholds=(1, 2), show_image=False)
>>> [image.shape for image in images]
[(1, 32, 32, 3), (1, 32, 32, 3)]

A render goes to limpid's engine alone where it has everything: the model is limpid's, the objective a sum of `objectives`
with numbers before them, the parameters those of `param.image`, the transforms those of `transform`, the optimiser Adam.
Anything else, functions of your own among it, is lucent's loop in torch, through `limpid.torch.Features`, or through the
hooks of a model that is torch's own. verbose=True says which it was, and why. Either begins with the parameters' values, and
leaves them optimised.

Deliberately other than lucent 0.1.8:

- The weights are those that limpid takes (`limpid.Network`); `inceptionv1` downloads none, and draws no random ones. So are
  the classes and widths of layers: those of lucent's file are 1008, of BVLC's 1000.
- Local response normalisation is the trained network's, of its file's family; lucent's model divides the sum by its window
  once more.
- Seeds: torch.manual_seed decides all of a native render, start and views, to the byte. In torch, views draw from numpy's
  global generator, as in lucent.
- ReLUs that are off pass a tenth of the gradient back natively, as in lucent; in torch those of the layers an objective names
  do, and those before them nothing.
- `neuron`: x counts columns and y rows, in the default too, where lucent's centre of a picture that is no square is off.
- A cosine takes lengths to be 1e-4 more than they are natively; lucent and torch, 1e-8 at least.
- `preprocess` of limpid's own model is the subtraction of its own mean.
- A picture's file is rounded to eight bits, not cut off. "Loss at step N" is the loss that step N began with.
- Jitter moves by whole pixels, and turns are by the angle, where lucent's kornia stretches both by 1 / (side - 1).
- Layers of limpid's own model are places for forward hooks, which see what a layer made, and cannot change it; a layer is not
  called by itself, and `modelzoo` has this model and `layer_names` alone. `param` is one module: `param.spatial` and others of lucent's files within
  its folder have no counterpart.
- Wrong arguments are limpid.UsageError, a ValueError, of one line.
- param.upconvGAN, whose weights have to be downloaded, is left out: any generator's (parameters, image_f) can be given.
"""

from limpid.lucent import modelzoo, objectives, param, render, transform

__all__ = ["modelzoo", "objectives", "param", "render", "transform"]
