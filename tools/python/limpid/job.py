"""Renders that are pulled: so many steps at a time, steered, saved and resumed, or driven by a loss of one's own."""

from __future__ import annotations

import ctypes
import json
import operator
import time
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from limpid import _tensor
from limpid._errors import UsageError
from limpid._library import library
from limpid._notebook import NotebookPicture
from limpid.network import Network, check_network
from limpid.option_table import job_text, json_of
from limpid.session import by_target

# For which `Job.step` stays in the library.
_SECONDS_AT_ONCE = 0.05


class Job:
    """A render whose steps are taken when they are asked for. However they are, the picture is that of `limpid.render`
    with the same options, to the bit.

    objective, options: as of `limpid.render`, but for "restarts".
    targets: layers whose gradients are given at every step, by `step_with`; they add to that of the objective, which may
        then be None.
    steerable: plans all channels of the objective's layers, so that `set` may change to any.

    A job is for one thread at a time, but for `cancel`. Raises what `limpid.render` raises.

    >>> import limpid
    >>> net = limpid.Network()
    >>> job = limpid.Job(net, "mixed3a:11", size=32, steps=8)
    >>> job.step(3)
    3
    >>> job.set(learning_rate=0.02)
    >>> again = limpid.Job.restore(net, job.save())
    >>> (job.step(8), again.step(8))
    (8, 8)
    >>> bool((job.image == again.image).all())
    True
    """

    def __init__(
        self,
        network: Network,
        objective: str | None = None,
        *,
        targets: Sequence[str] = (),
        steerable: bool = False,
        **options: Any,
    ):
        check_network(network)
        if isinstance(targets, str):
            raise UsageError(f"targets is the text '{targets}': give a list of layers")
        text = job_text(objective, options, {"targets": list(targets), "steerable": steerable})
        self._begin(library().handle("job_create", network._handle, text, _compute(network)), tuple(targets))

    @classmethod
    def restore(cls, network: Network, state: bytes | bytearray | memoryview) -> Job:
        """A job that goes on from what `save` gave. Raises InputError for bytes that are damaged or of other weights."""
        check_network(network)
        try:
            state = bytes(memoryview(state))
        except TypeError:
            raise UsageError(f"a state is bytes that `save` gave, and {type(state).__name__} was given") from None
        job = cls.__new__(cls)
        job._begin(library().handle("job_restore", network._handle, state, len(state), _compute(network)), ())
        job.targets = tuple(job.describe()["job"].get("targets", ()))
        return job

    def _begin(self, handle: int, targets: tuple[str, ...]) -> None:
        self._library, self._handle, self.targets = library(), handle, targets
        self._release = weakref.finalize(self, self._library.job_release, handle)
        self._release.atexit = False  # A thread may be inside still.
        self._objective = float("nan")
        self._notebook: NotebookPicture | None = None
        self._done: int = self.describe()["steps_done"]

    def step(self, count: int = 1) -> int:
        """Takes up to `count` steps, fewer where the job has its "steps" or has reached a plateau. Returns how many it has
        had in all. Raises Cancelled once it was cancelled, MachineError where a value is not finite.

        Ctrl-C raises KeyboardInterrupt, once some steps more were taken, those of a twentieth of a second or one; the job can be
        gone on with."""
        rest, at_once = operator.index(count), 1
        while True:  # Python sees signals between calls alone.
            some, began = min(rest, at_once), time.monotonic()
            before, done = self._done, self._stepped("job_step", some)
            rest -= some
            over = rest <= 0 or done - before < some
            if self._notebook is not None:
                self._notebook.update(self, now=over)
            if over:
                return done
            if time.monotonic() - began < _SECONDS_AT_ONCE / 2:
                at_once *= 2

    def step_with(self, cotangents: Mapping[str, Any] | Sequence[Any]) -> int:
        """One step along the gradient of the sum over all targets of <cotangent, target>, and of the objective. By target or
        in the targets' order, of `activations`' shapes; what is left out has zeros. Returns as `step` does."""
        tensors = [None if c is None else _tensor.taken(c, "a cotangent") for c in by_target(self.targets, cotangents)]
        done = self._stepped("job_step_with", _tensor.pointers(tensors), len(tensors))
        if self._notebook is not None:
            self._notebook.update(self, now=False)
        return done

    def activations(self) -> dict[str, np.ndarray]:
        """The targets' activations for the picture as it is, at the view of the next step: views x channels x map, fp32. Views
        are the job's images, each as often as it has "draws"."""
        made = {}
        for target, name in enumerate(self.targets):
            shape = (ctypes.c_int64 * 4)()
            self._library.job_target_shape(self._handle, target, shape)
            made[name] = np.empty(tuple(shape), np.float32)
            self._library.job_activations(self._handle, target, _tensor.of_array(made[name]).struct)
        return made

    def show(self, every: float = 0.5) -> None:
        """Shows the picture in a notebook, under the cell that calls this, and again while steps are taken here: every so many
        seconds, and as `step` returns. Raises UsageError where IPython is not installed."""
        self._notebook = NotebookPicture(self, every)

    @property
    def objective(self) -> float:
        """The objective's value as the last step taken here began; NaN before the first, 0 without an objective."""
        return self._objective

    @property
    def image(self) -> np.ndarray:
        """The picture as it is: height x width x 3, fp32, RGB in [0, 1], and with "alpha" a fourth channel. A copy each time."""
        shape = (ctypes.c_int64 * 3)()
        self._library.job_shape(self._handle, shape)
        picture = np.empty(tuple(shape), np.float32)
        self._library.job_image(self._handle, _tensor.of_array(picture).struct)
        return picture

    @property
    def parameters(self) -> np.ndarray:
        """What is optimised, as it is: images x planes x values, fp32, a copy each time. A plane of "spectral" has height x
        (width // 2 + 1) x 2 Fourier coefficients, real and imaginary part, of "pixel" height x width values; with "shared",
        the shared terms follow.

        Others, of that shape, may be set: they are gone on with from the next step. What the optimiser keeps of earlier
        gradients stays, `describe` does not tell of them, and `save` has them. Raises UsageError for another shape, and for
        values that are not finite; nothing has changed then."""
        shape = (ctypes.c_int64 * 3)()
        self._library.job_parameters_shape(self._handle, shape)
        values = np.empty(tuple(shape), np.float32)
        self._library.job_parameters(self._handle, _tensor.of_array(values).struct)
        return values

    @parameters.setter
    def parameters(self, values: Any) -> None:
        self._library.job_set_parameters(self._handle, _tensor.taken(values, "parameters").struct)

    def set(self, **changes: Any) -> None:
        """Changes the job from its next step on: objective (other weights, positions and channels of the terms there are),
        learning_rate, transforms, noise (the deviation of their noise, 0 to 10), view_strength (0 to 1, how far they go).

        Raises UsageError for what would need a new plan; after an error nothing has changed.
        """
        self._library.job_set(self._handle, json_of(changes))

    def describe(self) -> dict[str, Any]:
        """"job": its options, "height" and "width" of its picture, "steps_done", "steps", "cancelled", "steering": every
        change so far with its step."""
        about: dict[str, Any] = json.loads(self._library.text("job_describe", self._handle))
        return about

    def cancel(self) -> None:
        """Ends the job for good. From any thread, also while another one steps; image and state can still be had."""
        self._library.job_cancel(self._handle)

    def save(self) -> bytes:
        """Everything the job goes on from, for `restore` with the same weights."""
        given, count = ctypes.c_void_p(), ctypes.c_size_t()
        self._library.job_save(self._handle, ctypes.byref(given), ctypes.byref(count))
        try:
            return ctypes.string_at(given, count.value)
        finally:
            self._library.bytes_release(given)

    def _stepped(self, name: str, *arguments: Any) -> int:
        done, objective = ctypes.c_int32(), ctypes.c_double(self._objective)
        try:
            getattr(self._library, name)(self._handle, *arguments, ctypes.byref(done), ctypes.byref(objective))
        finally:
            self._objective, self._done = objective.value, max(self._done, done.value)
        return self._done

    def __repr__(self) -> str:
        about = self.describe()
        return f"<limpid.Job {about['job'].get('objective', '')}: {about['steps_done']} of {about['steps']} steps>"


def _compute(network: Network) -> bytes:
    return json.dumps(network._compute()).encode()
