"""Evaluation and prediction: what a network says of examples, and how good that is."""

import contextlib
import warnings

import numpy as np

from glassnet import metrics
from glassnet.callbacks import CallbackList
from glassnet.compilation import CompiledNetwork
from glassnet.examples import (
    check_counts,
    check_limits,
    count,
    of_each,
    several,
)
from glassnet.layers.structure import refilled
from glassnet.model_data import ModelData

KEPT_PROGRAMS = 8
"""How many programs (one for each batch size and dtype of data) a model keeps."""


class Evaluator(ModelData):
    """The part of a model that computes, without learning. It expects of the model: `build`, `plan`, `params`, `state`, `dtype`,
    `layers`, names and shapes of inputs and outputs; and of its training: what `compile` sets."""

    def __init__(self):
        self.optimizer = None
        self.loss = self.loss_weights = None
        self._programs = {}
        self._metrics = self._weighted_metrics = ()
        self._resolved = self._compiled_settings = None

    # -- programs --------------------------------------------------------------------------------------------------------

    def _program(self, batch_size, x_dtype, y_dtype=None, weight_dtype=None):
        """The program for such data: made once, kept until the network changes."""
        params, state = self.vectors
        settings = {} if y_dtype is None else self._settings()  # to predict, it does not matter what is trained
        key = (batch_size, x_dtype, y_dtype, weight_dtype, tuple(settings.values()))
        found = self._programs.get(key)
        if found is None or found.program.params is not params or found.program.state is not state:
            while len(self._programs) >= KEPT_PROGRAMS:
                self._programs.pop(next(iter(self._programs)))
            with as_compiled(settings):
                found = self._programs[key] = CompiledNetwork(self, batch_size, x_dtype, y_dtype, weight_dtype)
        return found

    def _program_for(self, batch_size, x, y, weights):
        """The program for checked data."""
        return self._program(batch_size, *(of_each(lambda array: array.dtype.name, data) for data in (x, y, weights)))

    def _settings(self):
        """`{layer: (whether it is trained, factor of its learning rate)}`: as it was when the model was compiled, as in Keras, so
        that a layer can be frozen in one model and trained in another."""
        now = {layer: (layer.trainable, layer.learning_rate_multiplier) for layer in self.every_layer()}
        return (
            now if self._compiled_settings is None else {layer: self._compiled_settings.get(layer, now[layer]) for layer in now}
        )

    def _need_compile(self):
        if not self.compiled or self.loss is None:
            raise ValueError(
                f"Model '{self.name}' must know its loss and optimizer first: call model.compile(optimizer=..., loss=...)."
            )

    @property
    def _losses(self):
        """The loss of each output, in a list; None for one that is not trained."""
        return self.loss if isinstance(self.loss, list) else [self.loss]

    def _resolve_metrics(self, shapes):
        """Metrics as objects with the names that they have in logs: `[(name, metric, whether weighted, number of its output)]`.

        Arguments:
            shapes: Of the outputs of one example.
        """
        if self._resolved is None:
            found, alone = {}, len(shapes) == 1
            for number, (output, loss) in enumerate(zip(shapes, self._losses, strict=True)):
                prefix, taken = ("", set()) if alone else (f"{self.output_names[number]}_", {"loss"})
                for group, weighted in ((self._metrics, False), (self._weighted_metrics, True)):
                    for m in group if alone else group[number] if group else ():
                        if loss is None:
                            raise ValueError(
                                f"Expected a loss for {self.output_names[number]!r}, which has metrics. Received: None."
                            )
                        metric = metrics.resolve(m, output, loss.target_shape(output), loss)
                        name = f"weighted_{metric.name}" if weighted and metric.name in taken else metric.name
                        if name in taken or prefix + name in ("loss", *found):
                            raise ValueError(
                                f"Expected metrics with different names. Received: {name!r} twice. Give one a name=..."
                            )
                        taken.add(name)
                        found[prefix + name] = (prefix + name, metric, weighted, number)
            self._resolved = list(found.values())
        return self._resolved

    @property
    def metrics(self):
        """The metrics of `compile` as objects."""
        return [metric for _, metric, _, _ in self._resolved or ()]

    @property
    def metrics_names(self):
        """What `evaluate` returns, in order."""
        names = [name for name, _, _, _ in self._resolved or ()]
        return ["loss", *(sorted([*names, *self._loss_names()]) if isinstance(self.loss, list) else names)]

    def _loss_names(self):
        """What the losses of several outputs are called in logs; none, where only one output has a loss."""
        if not isinstance(self.loss, list) or sum(loss is not None for loss in self.loss) < 2:
            return []
        return [f"{name}_loss" for name, loss in zip(self.output_names, self.loss, strict=True) if loss is not None]

    def _evaluate(self, x, y, weights, batch_size, steps=None, run=None):
        """Loss and metrics on checked data."""
        run = CallbackList(None) if run is None else run
        examples = count(x)
        batch_size = min(batch_size or 32, examples)
        compiled = self._program_for(batch_size, x, y, weights)
        with compiled.other_data(x, y, weights):
            compiled.begin(np.arange(examples), 0)
            total = -(-examples // batch_size)
            total = total if steps is None else min(total, steps)
            numbers = batch_size * sum(part[0].size for part in several(x))
            chunk = 1 if run.needs_batches("test") else max(1, min(total, 1_000_000 // max(1, numbers)))
            run.on_test_begin()
            done, logs = 0, {}
            while done < total:
                chunk = min(chunk, total - done)
                if run.needs_batches("test"):
                    run.on_test_batch_begin(done)
                compiled.program.steps(compiled.program.evaluation, np.zeros(chunk), training=False)
                done += chunk
                logs = compiled.logs()
                if run.needs_batches("test"):
                    run.on_test_batch_end(done - 1, logs)
                run.on_test_chunk_end(done, logs)
            run.on_test_end(logs)
        if not np.isfinite(logs["loss"]):
            warnings.warn(
                f"The loss of model '{self.name}' on these data is {logs['loss']}: its outputs are not finite, or not "
                "what its loss expects, such as probabilities. Look at model.predict(x).",
                RuntimeWarning,
                stacklevel=3,
            )
        return logs

    def evaluate(
        self, x, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None, return_dict=False
    ):
        """Loss and metrics on examples x and labels y, without training.

        Returns: The loss, or a list of loss and metrics, or with `return_dict` all by name.
        """
        self._need_compile()
        check_counts(batch_size=batch_size, steps=steps)
        data = self._data(x, y, sample_weight)
        examples = count(data[0])
        batch_size = min(batch_size or 32, examples)
        steps_in_all = -(-examples // batch_size)
        with CallbackList(
            callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=1, steps=steps_in_all, samples=examples
        ) as run:
            logs = self._evaluate(*data, batch_size, steps, run)
        return returned(logs, return_dict)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The network's outputs for examples x.

        Arguments:
            x: Array (N, ...); a list or dictionary of them for several inputs.
            batch_size: Examples at once; 32 where none is given.
            verbose: As in `fit`.
            steps: Batches to predict; all where none is given.
            callbacks: List of callbacks.

        Returns: Array (N, ...) in the network's dtype; a list or dictionary of them, as the model's outputs are.
        """
        check_counts(batch_size=batch_size, steps=steps)
        x, _, _ = self._data(x, need_y=False)
        batch_size, examples = batch_size or 32, count(x)
        compiled = self._program(batch_size, None)
        check_limits(compiled.inputs, several(x))
        program, calls = compiled.program, compiled.program.prediction
        fed, outputs = compiled.values
        total = -(-examples // batch_size)
        total = total if steps is None else min(total, steps)
        predicted = min(examples, total * batch_size)
        results = [np.empty((predicted, *output.shape[1:]), output.dtype) for output in outputs]

        def compute(part):
            n = part.stop - part.start
            for memory, array in zip(fed, several(x), strict=True):
                memory[:n] = array[part]
            program.once(calls, n)
            for result, output in zip(results, outputs, strict=True):
                result[part] = output[:n]

        if total == 1 and not callbacks:  # one small request: no progress to show
            compute(slice(0, predicted))
        else:
            with CallbackList(
                callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=1, steps=total, samples=predicted
            ) as run:
                run.on_predict_begin()
                for done in range(total):
                    run.on_predict_batch_begin(done)
                    compute(slice(done * batch_size, min((done + 1) * batch_size, examples)))
                    run.on_predict_batch_end(done)
                    run.on_predict_chunk_end(done + 1)
                run.on_predict_end()
        if not all(np.isfinite(result).all() for result in results):
            warnings.warn(
                f"Model '{self.name}' predicts NaN or infinity: its weights or inputs are too large. "
                "Look at model.get_weights().",
                RuntimeWarning,
                stacklevel=2,
            )
        return refilled(self.output, results)

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        first = next(iter(x.values())) if isinstance(x, dict) else x[0] if self.several_inputs else x
        return self.predict(x, batch_size=max(1, len(first)), verbose=0)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch, without training."""
        self._need_compile()
        data = self._data(x, y, sample_weight)
        return returned(self._evaluate(*data, count(data[0])), return_dict)


def returned(logs, return_dict):
    if return_dict:
        return logs
    values = list(logs.values())
    return values if len(values) > 1 else values[0]


@contextlib.contextmanager
def as_compiled(settings):
    """Context in which layers are trained or frozen as `Evaluator._settings` says."""
    now = {layer: layer.trainable for layer in settings}
    try:
        for layer, (trained, _) in settings.items():  # those that are made of others come before these
            layer.trainable = trained
        yield
    finally:
        for layer, trained in now.items():
            layer.trainable = trained
