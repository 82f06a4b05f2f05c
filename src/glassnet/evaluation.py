"""Evaluation and prediction: what a network says of examples, and how good that is."""

import warnings

import numpy as np

from glassnet import metrics
from glassnet.callbacks import CallbackList
from glassnet.compilation import CompiledNetwork
from glassnet.examples import check_counts, check_inputs, check_weights, class_weights

KEPT_PROGRAMS = 8
"""How many programs (one for each batch size and dtype of data) a model keeps."""


class Evaluator:
    """The part of a model that computes, without learning. It expects of the model: `build`, `plan`, `params`, `state`, `dtype`,
    `layers`; and of its training: what `compile` sets."""

    def __init__(self):
        self.optimizer = None
        self.loss = None
        self._programs = {}
        self._metrics = self._weighted_metrics = ()
        self._resolved = None

    # -- programs --------------------------------------------------------------------------------------------------------

    def _program(self, batch_size, x_dtype, y_dtype=None, weight_dtype=None):
        """The program for such data: made once, kept until the network changes."""
        params, state = self.params, self.state
        trained = tuple(variable.trainable for variable in self.variables)
        key = (batch_size, x_dtype, y_dtype, weight_dtype, trained)
        found = self._programs.get(key)
        if found is None or found.program.params is not params or found.program.state is not state:
            while len(self._programs) >= KEPT_PROGRAMS:
                self._programs.pop(next(iter(self._programs)))
            found = self._programs[key] = CompiledNetwork(self, batch_size, x_dtype, y_dtype, weight_dtype)
        return found

    def _need_compile(self):
        if not self.compiled or self.loss is None:
            raise ValueError(
                f"Model '{self.name}' must know its loss and optimizer first: call model.compile(optimizer=..., loss=...)."
            )

    def _resolve_metrics(self, output_shape):
        """Metrics as objects with the names that they have in logs: `[(name, metric, whether weighted)]`."""
        if self._resolved is None:
            target, found = self.loss.target_shape(output_shape), {}
            for group, weighted in ((self._metrics, False), (self._weighted_metrics, True)):
                for m in group:
                    metric = metrics.resolve(m, output_shape, target, self.loss)
                    name = f"weighted_{metric.name}" if weighted and metric.name in found else metric.name
                    if name in found or name == "loss":
                        raise ValueError(f"Expected metrics with different names. Received: {name!r} twice. Give one a name=...")
                    found[name] = (name, metric, weighted)
            self._resolved = list(found.values())
        return self._resolved

    @property
    def metrics(self):
        """The metrics of `compile` as objects."""
        return [metric for _, metric, _ in self._resolved or ()]

    @property
    def metrics_names(self):
        """What `evaluate` returns, in order."""
        return ["loss", *(name for name, _, _ in self._resolved or ())]

    # -- data ------------------------------------------------------------------------------------------------------------

    def _checked(self, x, y=None, sample_weight=None, class_weight=None, need_y=True):
        """Data as the program reads them, or a `ValueError` that says what is wrong with them."""
        x = check_inputs(x, self.input_shape[1:] if self.built else None, self.name, self._first_layer(), self.dtype)
        if not self.built:
            self.build((None, *x.shape[1:]))
        if not need_y:
            return x, None, None
        if y is None:
            raise ValueError(f"Model '{self.name}' expected labels y beside x. Received: None.")
        y = self.loss.check_target(y, self.output_shape[1:])
        if len(x) != len(y):
            raise ValueError(f"Expected as many labels as examples. Received: {len(x)} examples in x, {len(y)} in y.")
        weights = None if sample_weight is None else check_weights(sample_weight, len(x))
        if class_weight is not None:
            by_class = class_weights(class_weight, y)
            weights = by_class if weights is None else weights * by_class
        return x, y, weights

    def _evaluate(self, x, y, weights, batch_size, steps=None, run=None):
        """Loss and metrics on checked data."""
        run = CallbackList(None) if run is None else run
        batch_size = min(batch_size or 32, len(x))
        compiled = self._program(batch_size, x.dtype.name, y.dtype.name, weights is not None and weights.dtype.name)
        with compiled.other_data(x, y, weights):
            compiled.begin(np.arange(len(x)), 0)
            total = -(-len(x) // batch_size)
            total = total if steps is None else min(total, steps)
            chunk = 1 if run.needs_batches("test") else max(1, min(total, 1_000_000 // max(1, x[0].size * batch_size)))
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
        data = self._checked(x, y, sample_weight)
        batch_size = min(batch_size or 32, len(data[0]))
        steps_in_all = -(-len(data[0]) // batch_size)
        with CallbackList(
            callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=1, steps=steps_in_all, samples=len(data[0])
        ) as run:
            logs = self._evaluate(*data, batch_size, steps, run)
        return returned(logs, return_dict)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The network's outputs for examples x.

        Arguments:
            x: Array (N, ...).
            batch_size: Examples at once; 32 where none is given.
            verbose: As in `fit`.
            steps: Batches to predict; all where none is given.
            callbacks: List of callbacks.

        Returns: Array (N, ...) in the network's dtype.
        """
        check_counts(batch_size=batch_size, steps=steps)
        x, _, _ = self._checked(x, need_y=False)
        batch_size = batch_size or 32
        compiled = self._program(batch_size, None)
        program, calls = compiled.program, compiled.program.prediction
        fed, output = program.value(compiled.input), program.value(compiled.output)
        total = -(-len(x) // batch_size)
        total = total if steps is None else min(total, steps)
        result = np.empty((min(len(x), total * batch_size), *output.shape[1:]), output.dtype)
        if total == 1 and not callbacks:  # one small request: no progress to show
            fed[: len(result)] = x[: len(result)]
            program.once(calls, len(result))
            result[...] = output[: len(result)]
        else:
            with CallbackList(
                callbacks, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=1, steps=total, samples=len(result)
            ) as run:
                run.on_predict_begin()
                for done in range(total):
                    run.on_predict_batch_begin(done)
                    part = slice(done * batch_size, min((done + 1) * batch_size, len(x)))
                    fed[: part.stop - part.start] = x[part]
                    program.once(calls, part.stop - part.start)
                    result[part] = output[: part.stop - part.start]
                    run.on_predict_batch_end(done)
                    run.on_predict_chunk_end(done + 1)
                run.on_predict_end()
        if not np.isfinite(result).all():
            warnings.warn(
                f"Model '{self.name}' predicts NaN or infinity: its weights or inputs are too large. "
                "Look at model.get_weights().",
                RuntimeWarning,
                stacklevel=2,
            )
        return result

    def predict_on_batch(self, x):
        """The outputs for one batch."""
        return self.predict(x, batch_size=max(1, len(x)), verbose=0)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch, without training."""
        self._need_compile()
        data = self._checked(x, y, sample_weight)
        return returned(self._evaluate(*data, len(data[0])), return_dict)


def returned(logs, return_dict):
    if return_dict:
        return logs
    values = list(logs.values())
    return values if len(values) > 1 else values[0]
