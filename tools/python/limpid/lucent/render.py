"""lucent's render_vis, and what belongs to it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from limpid import _progress, image
from limpid._errors import UsageError
from limpid.lucent import param, transform
from limpid.lucent._native import LUCENT_INPUT, Call, NativeRender, native_render
from limpid.lucent.modelzoo import InceptionV1, Seen, as_model
from limpid.lucent.objectives import Activations, as_objective


def render_vis(
    model: Any,
    objective_f: Any,
    param_f: Callable[[], tuple[Any, Callable[[], torch.Tensor]]] | None = None,
    optimizer: Callable[[Any], torch.optim.Optimizer] | None = None,
    transforms: Sequence[Callable[[torch.Tensor], torch.Tensor]] | None = None,
    thresholds: Sequence[int] = (512,),
    verbose: bool = False,
    preprocess: bool = True,
    progress: bool = True,
    show_image: bool = True,
    save_image: bool = False,
    image_name: str | None = None,
    show_inline: bool = False,
    fixed_image_size: int | None = None,
) -> list[np.ndarray]:
    """Optimises pictures, and returns them after each of the `thresholds` steps: B x H x W x 3, fp32, in [0, 1].

    model: a limpid.Network, what `modelzoo.inceptionv1` returns, or a module of torch's own.
    objective_f: "layer:n", an objective, or any function of T that returns a loss; T(layer) are a layer's activations.
    param_f: returns what is optimised, and a function from it to pictures; param.image(128) where it is not given.
    optimizer: of the parameters, one of torch's; Adam at 0.05 where it is not given.
    transforms: functions from pictures to what is seen of them; lucent's standard ones where they are not given.
    preprocess: False shows the network the pictures' values as they are.  fixed_image_size: shows it all of them at this
        size; otherwise those less than 224 high or wide at 224.
    verbose: says which way it is rendered and why, and prints losses.  show_image, show_inline: show the result in a window,
        or in a notebook.  save_image: writes it to `image_name` (image.jpg).

    Where limpid has all of it, its engine renders, from the values of the parameters and into them; otherwise torch does,
    through limpid.torch.Features. Ctrl-C ends either with the pictures as they are, which are returned, too.
    """
    model = as_model(model)
    parameters, images = (param_f or (lambda: param.image(128)))()
    parameters = parameters if isinstance(parameters, (list, tuple)) else list(parameters)
    optimiser = optimizer(parameters) if optimizer else torch.optim.Adam(parameters, lr=0.05)
    objective, steps = as_objective(objective_f), max(thresholds)
    say = print if verbose else _nothing
    call = Call(model, objective, parameters, images, optimiser, transforms, steps, preprocess, fixed_image_size)
    made = native_render(call, say)
    run: _Steps = _NativeSteps(made) if made else _TorchSteps(call)
    try:
        kept = _taken(run, set(thresholds), steps, progress, say, show_inline and verbose)
    finally:
        run.close()
    if save_image:
        export(run.images(), image_name)
    if show_inline:
        _show_inline(run.images())
    elif show_image:
        view(run.images())
    return kept


def _nothing(*words: Any) -> None:
    pass


class _Steps:
    """A render, step by step."""

    def step(self) -> float:
        """Takes one. Returns the loss that it began with."""
        raise NotImplementedError

    def images(self) -> np.ndarray:
        raise NotImplementedError

    def close(self) -> None:
        pass


class _NativeSteps(_Steps):
    def __init__(self, render: NativeRender):
        self._render = render

    def step(self) -> float:
        self._render.step()
        return self._render.loss

    def images(self) -> np.ndarray:
        return self._render.images

    def close(self) -> None:
        self._render.finish()


class _TorchSteps(_Steps):
    """lucent's loop: pictures through the transforms into the model, the objective's loss, and an update."""

    def __init__(self, call: Call):
        self._call = call
        views = list(transform.standard_transforms if call.transforms is None else call.transforms)
        height, width = call.images().shape[2:4]  # Before there are hooks that would have to be taken away again.
        self._own = isinstance(call.model, InceptionV1)
        if self._own:
            self._look, self._hook = self._own_model(call.model)
        else:
            self._hooks = _Hooks(call.model)
            self._look, self._hook = self._torch_model, self._hooks
            if call.preprocess:
                inception = call.model._get_name() == "InceptionV1"
                views.append(transform.preprocess_inceptionv1() if inception else transform.normalize())
        size = call.fixed_image_size or (LUCENT_INPUT if min(height, width) < LUCENT_INPUT else None)
        if size:
            views.append(torch.nn.Upsample(size=size, mode="bilinear", align_corners=True))
        self._views, self._warned = transform.compose(views), False

    def _own_model(self, model: InceptionV1) -> tuple[Callable[[torch.Tensor], None], Activations]:
        """limpid's network takes pictures in [0, 1], of which it subtracts its own mean."""
        seen = Seen(model.network, model.redirected_ReLU)
        raw = not self._call.preprocess

        def look(images: torch.Tensor) -> None:
            seen.look((images + 117) / 255 if raw else images)
            model.run_hooks(seen)

        return look, seen

    def _torch_model(self, images: torch.Tensor) -> None:
        try:
            self._call.model(images)
        except RuntimeError as error:
            if not self._warned:
                warnings.warn(f"the model ended early, which matters to objectives of its later layers: {error}", stacklevel=2)
            self._warned = True

    def _loss(self) -> torch.Tensor:
        self._look(self._views(self._call.images()))
        loss: torch.Tensor = self._call.objective(
            lambda layer: self._call.images() if layer == "input" else self._hook(layer))
        return loss

    def step(self) -> float:
        first: list[float] = []

        def closure() -> Any:
            self._call.optimiser.zero_grad()
            loss = self._loss()
            loss.backward()  # type: ignore[no-untyped-call]
            first.append(float(loss.detach()))
            return loss

        self._call.optimiser.step(closure)
        return first[0]

    def images(self) -> np.ndarray:
        return tensor_to_img_array(self._call.images()).copy()  # These may be the parameters themselves.

    def close(self) -> None:
        if not self._own:
            self._hooks.close()


def _taken(
    run: _Steps, thresholds: set[int], steps: int, progress: bool, say: Callable[..., None], inline: bool
) -> list[np.ndarray]:
    """The pictures after each threshold; with Ctrl-C, of those passed, and as they are."""
    kept: list[np.ndarray] = []
    bar = _progress.shown() if progress else None
    step = 0
    try:
        for step in range(1, steps + 1):
            loss = run.step()
            if step == 1:
                say(f"Initial loss: {loss:.3f}")
            if bar is not None:
                bar(step, steps, -loss)
            if step in thresholds:
                say(f"Loss at step {step}: {loss:.3f}")
                kept.append(run.images())
                if inline:
                    _show_inline(kept[-1])
    except KeyboardInterrupt:
        print(f"Interrupted optimization at step {step}.")
        kept.append(run.images())
    finally:
        if bar is not None:
            bar.close()
    return kept


# ---- Hooks -------------------------------------------------------------------------------------------------------------


class ModuleHook:
    """What a module last made, in `features`, and `module`, itself; both None before it was called. `close` ends it."""

    def __init__(self, module: torch.nn.Module):
        self.module: torch.nn.Module | None = None
        self.features: Any = None
        self.hook = module.register_forward_hook(self.hook_fn)

    def hook_fn(self, module: torch.nn.Module, input: Any, output: Any) -> None:
        self.module, self.features = module, output

    def close(self) -> None:
        self.hook.remove()


class _Hooks:
    """The outputs of all modules of a model, by the names on their ways joined by "_": T of lucent's objectives."""

    def __init__(self, model: torch.nn.Module):
        self._hooks = {name.replace(".", "_"): ModuleHook(module) for name, module in model.named_modules() if name}

    def __call__(self, layer: str) -> Any:
        if layer == "labels":
            layer = list(self._hooks)[-1]
        if layer not in self._hooks:
            raise UsageError(f"the model has no layer '{layer}'")
        if self._hooks[layer].module is None:
            raise UsageError(f"layer '{layer}' has seen no picture yet: call model(pictures) before an objective")
        return self._hooks[layer].features

    def close(self) -> None:
        for hook in self._hooks.values():
            hook.close()


def hook_model(model: Any, image_f: Callable[[], torch.Tensor]) -> Activations:
    """T of objectives, for loops of one's own: from a layer's name to what it made of what `model` was last called with;
    from "input" to image_f(), from "labels" to the class probabilities."""
    model = as_model(model)
    seen = model.seen if isinstance(model, InceptionV1) else _Hooks(model)
    return lambda layer: image_f() if layer == "input" else seen(layer)


# ---- Pictures ----------------------------------------------------------------------------------------------------------


def tensor_to_img_array(tensor: torch.Tensor) -> np.ndarray:
    """B x channels x H x W to an array of B x H x W x channels."""
    return tensor.detach().cpu().permute(0, 2, 3, 1).numpy()


def _side_by_side(images: Any) -> np.ndarray:
    """Pictures, as a tensor or an array, as one that is H x (B W) x channels."""
    array = tensor_to_img_array(images) if isinstance(images, torch.Tensor) else np.asarray(images)
    return np.concatenate(list(array), axis=1) if array.ndim == 4 else array


def view(tensor: Any) -> None:
    """Shows pictures in a window; needs Pillow."""
    try:
        from PIL import Image
    except ImportError:
        warnings.warn("showing pictures needs Pillow; they are returned all the same", stacklevel=2)
        return
    Image.fromarray(image.quantise(_side_by_side(tensor))).show()


def export(tensor: Any, image_name: str | None = None) -> None:
    """Writes pictures, side by side, to a file (image.jpg): .png, .jpg or .webp."""
    image.write_picture(image_name or "image.jpg", _side_by_side(tensor))


def _show_inline(images: Any) -> None:
    """In a notebook; elsewhere nothing."""
    display = sys.modules.get("IPython.display")
    if display is not None:
        display.display(display.Image(data=image.png_of(_side_by_side(images))))
