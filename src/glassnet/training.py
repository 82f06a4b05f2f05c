"""Training: the loop over epochs, and over chunks of steps that run compiled."""

import time
import warnings
from dataclasses import dataclass

import numpy as np

from glassnet import optimizers
from glassnet.callbacks import CallbackList
from glassnet.compilation import CompiledNetwork
from glassnet.engine.kernel import STEP
from glassnet.engine.layout import Vector
from glassnet.engine.order import random_order
from glassnet.evaluation import Evaluator, returned
from glassnet.examples import check_counts, check_limits, count, several, split_off_validation
from glassnet.output_settings import loss_weights_of, losses_of_outputs, metrics_of_outputs
from glassnet.training_run import TrainingRun

CHUNK_SECONDS = 0.05
"""How long compiled code runs before Python gets a look: short enough for Ctrl-C and a progress bar, long enough to be free."""


@dataclass
class Training:
    """What `fit` is doing, for callbacks that look closer than at logs.

    Arguments:
        compiled: `CompiledNetwork` whose program makes the steps.
        arguments: Those of `fit` that make the same steps again; its data are checked ones.
        calls: What the program calls in each step; a callback may have it call more.
        keeper: The callback's part that keeps states by these calls, of which there can be one.
        rates: Learning rates of the last chunk, one for each of its steps.
    """

    compiled: CompiledNetwork
    arguments: dict
    calls: np.ndarray
    keeper: object = None
    rates: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Position:
    """Where in an epoch a training goes on that was put there.

    Arguments:
        batches: How many of the epoch are done.
        batch_size: Examples in each.
        examples: Examples in the whole epoch.
        sums: Running sums of loss and metrics over these batches.
    """

    batches: int
    batch_size: int
    examples: int
    sums: np.ndarray

    def fits(self, program, examples):
        """Whether it is a place in an epoch of so many examples that this program makes."""
        return (self.batch_size, self.examples, self.sums.shape) == (program.batch_size, examples, program.totals.shape)


class Trainer(Evaluator):
    """The part of a model that learns; see `Evaluator` for what it expects of the rest."""

    def __init__(self):
        super().__init__()
        self.history = None
        self.stop_training = False
        self._epochs_trained = 0
        self.training_runs = []
        self.compiled_anew = False  # since the last of them
        self._training = self._position = None

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None):
        """Says how to train. Which layers are frozen is read now, too: a layer can be frozen in one model, trained in another.

        Arguments:
            optimizer: Name or object.
            loss: Name or object. For several outputs a list, or a dictionary by their names, with None for one that is not
                trained; one loss is that of each.
            loss_weights: By how much each loss counts; a list or dictionary of numbers.
            metrics: List of names or objects, shown beside the loss. For several outputs a list of lists, or a dictionary.
            weighted_metrics: The same, with the sample weights counted in.

        >>> from glassnet import layers
        >>> from glassnet.models import Sequential
        >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
        >>> model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
        """
        self.optimizer = optimizers.get(optimizer)
        names = self.output_names if len(self.output_names) > 1 else None
        self.loss, self.loss_weights = losses_of_outputs(loss, names), loss_weights_of(loss_weights, names, self.output_names)
        self._metrics = metrics_of_outputs(metrics, names, "metrics")
        self._weighted_metrics = metrics_of_outputs(weighted_metrics, names, "weighted_metrics")
        self._resolved = self._compiled_settings = None
        self._compiled_settings = self._settings()
        self.compiled_anew = True
        self._programs.clear()

    @property
    def compiled(self):
        return self.optimizer is not None

    # -- fit -------------------------------------------------------------------------------------------------------------

    def fit(
        self,
        x,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Trains on examples x and labels y.

        Arguments:
            x: Array (N, ...), in any dtype; bytes stay bytes. A list or dictionary of arrays for several inputs.
            y: Array (N, ...), as the loss wants it. A list or dictionary of arrays for several outputs.
            batch_size: Examples a step; 32 where none is given.
            epochs: Number of the last epoch.
            verbose: "auto" or 1 for a progress bar, 2 for a line an epoch, 0 for silence.
            callbacks: List of callbacks.
            validation_split: Share of the examples, from the end, held back to validate on.
            validation_data: (x, y) or (x, y, sample_weight) to validate on.
            shuffle: Whether each epoch has an order of its own; it follows from the model's seed.
            class_weight: `{class: weight}`.
            sample_weight: (N,) weights of the examples in the loss; a list or dictionary of them for several outputs.
            initial_epoch: Number of the first epoch, to go on with a training.
            steps_per_epoch: Batches an epoch; all where none is given.
            validation_steps, validation_batch_size: The same for validation.
            validation_freq: Validate every so many epochs.

        Returns: `History`, whose `history` is `{"loss": [...], ...}`. Ctrl-C leaves the model as it was after the last chunk.
        """
        self._need_compile()
        check_counts(
            epochs=epochs,
            batch_size=batch_size,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
        )
        x, y, weights = self._data(x, y, sample_weight, class_weight)
        arrays = {"x": x, "y": y, "sample_weight": None if sample_weight is None else weights}
        validation = None
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
                raise ValueError("Expected validation_data as (x, y) or (x, y, sample_weight).")
            validation = self._data(*validation_data)
        elif validation_split:
            (x, y, weights), validation = split_off_validation([x, y, weights], validation_split)
        examples = count(x)
        batch_size = min(batch_size or 32, examples)
        compiled = self._program_for(batch_size, x, y, weights)
        compiled.read(x, y, weights)
        if validation is not None:
            check_limits(compiled.inputs, several(validation[0]))
        steps = -(-examples // batch_size)
        steps = steps if steps_per_epoch is None else min(steps, steps_per_epoch)
        self._training = Training(
            compiled,
            {
                "x": x,
                "y": y,
                "sample_weight": weights,
                "batch_size": batch_size,
                "epochs": epochs,
                "shuffle": shuffle,
                "steps_per_epoch": steps,
                "validation_data": validation,
                "validation_steps": validation_steps,
                "validation_batch_size": validation_batch_size,
                "validation_freq": validation_freq,
            },
            compiled.program.training,
        )
        run = CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
            samples=min(examples, steps * batch_size),
        )
        if validation_data is not None:
            arrays.update(zip(("x_val", "y_val", "sample_weight_val"), validation, strict=True))
        recorded = {
            "batch_size": batch_size,
            "initial_epoch": initial_epoch,
            "validation_split": validation_split,
            "shuffle": bool(shuffle),
            "class_weight": None if class_weight is None else [[label, float(weight)] for label, weight in class_weight.items()],
            "steps_per_epoch": steps_per_epoch,
            "validation_steps": validation_steps,
            "validation_batch_size": validation_batch_size,
            "validation_freq": validation_freq,
        }
        this_run = TrainingRun.begin(self, arrays, recorded, steps, run.callbacks)
        self.training_runs.append(this_run)
        self.stop_training = False
        with run, this_run.under_way(self):
            run.on_train_begin()
            logs = {}
            for epoch in range(initial_epoch, epochs):
                run.on_epoch_begin(epoch)
                logs = self._train_epoch(compiled, run, self.epoch_order(examples, shuffle), steps)
                if validation is not None and (epoch + 1) % validation_freq == 0:
                    size = validation_batch_size or batch_size
                    measured = self._evaluate(*validation, size, validation_steps, run)
                    logs.update({f"val_{name}": value for name, value in measured.items()})
                self._epochs_trained += 1
                this_run.epoch = epoch + 1
                run.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            self.optimizer.finalize_variable_values(compiled.trained)
            run.on_train_end(logs)
        return self.history

    def epoch_order(self, examples, shuffle=True):
        """The order in which the present epoch, or the next one, goes through its examples: numbers (examples,).

        It is a function of the model's seed and of how many epochs went before.
        """
        if not shuffle:
            return np.arange(examples)
        order = np.empty(examples, np.int64)
        random_order(order, self.seed, self._epochs_trained)
        return order

    def _begin_epoch(self, compiled, order):
        """Begins an epoch, or goes on in the middle of one where the training was put there.

        Returns how many of its batches are done.
        """
        program, step = compiled.program, int(self.optimizer.steps)
        compiled.begin(order, step)
        position, self._position = self._position, None
        if position is None or not position.fits(program, len(order)):
            return 0
        program.begin(order, step=step, iteration=step, first=position.batches * position.batch_size)
        program.totals[:] = position.sums
        if not self.training_runs[-1].done:
            self.training_runs[-1].first = position.batches
        return position.batches

    def _train_epoch(self, compiled, run, order, steps):
        program, calls = compiled.program, self._training.calls
        one_by_one = run.needs_batches("train")
        done = self._begin_epoch(compiled, order)
        length, logs = compiled.chunk, {}
        while done < steps:
            if one_by_one:
                run.on_train_batch_begin(done)
            chunk = 1 if one_by_one else min(length, steps - done, run.steps_until_needed(done) or steps)
            self.optimizer.set_hyperparameters(program)
            rates = self._training.rates = self.optimizer.rates(int(self.optimizer.steps), chunk)
            begun = time.perf_counter()
            try:
                program.steps(calls, rates, training=True)
            finally:  # Ctrl-C comes when the compiled loop is left: its steps were made
                self.optimizer.steps.assign(program.run[STEP])
            seconds = time.perf_counter() - begun
            done += chunk
            self.training_runs[-1].note(rates)
            logs = compiled.logs()
            if not np.isfinite(logs["loss"]):
                _warn_not_finite(self, logs["loss"])
            if one_by_one:
                run.on_train_batch_end(done - 1, logs)
            run.on_train_chunk_end(done, logs)
            if self.stop_training:
                break
            length = compiled.chunk = max(1, min(2 * length, int(chunk * CHUNK_SECONDS / max(seconds, 1e-9))))
        return dict(logs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One step on one batch. Returns its loss, or a list of loss and metrics, or with `return_dict` all by name."""
        self._need_compile()
        x, y, weights = self._data(x, y, sample_weight, class_weight)
        examples, iteration = count(x), int(self.optimizer.steps)
        compiled = self._program_for(examples, x, y, weights)
        compiled.read(x, y, weights)
        compiled.begin(np.arange(examples), iteration)
        self.optimizer.set_hyperparameters(compiled.program)
        compiled.program.steps(compiled.program.training, self.optimizer.rates(iteration, 1), training=True)
        self.optimizer.steps.assign_add(1)
        logs = compiled.logs()
        if not np.isfinite(logs["loss"]):
            _warn_not_finite(self, logs["loss"])
        return returned(logs, return_dict)

    def gradients(self, x, y, sample_weight=None, training=True):
        """The derivatives of the loss on one batch by the model's parameters, by name: for training loops of one's own.

        Arguments:
            x, y, sample_weight: As in `train_on_batch`.
            training: Whether layers such as Dropout behave as in training.

        Returns: `Vector`, a copy laid out as `params`: `gradients["dense/kernel"]`. 0 for what is frozen.

        >>> import numpy as np
        >>> from glassnet import layers
        >>> from glassnet.models import Sequential
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense", kernel_initializer="ones")])
        >>> model.compile("sgd", "mean_squared_error")
        >>> model.gradients(np.array([[3.0]]), np.array([1.0]))["dense/kernel"]
        array([[12.]], dtype=float32)
        """
        self._need_compile()
        x, y, weights = self._data(x, y, sample_weight)
        examples, iteration = count(x), int(self.optimizer.steps)
        compiled = self._program_for(examples, x, y, weights)
        with compiled.other_data(x, y, weights):
            compiled.begin(np.arange(examples), iteration)
            program = compiled.program
            program.steps(program.calls("gather", "forward", "loss", backward=True), np.zeros(1), training)
        found = Vector(program.params.layout, self.dtype)
        for variable in compiled.trained:
            found[variable.path][...] = program.grads[variable.path]
        return found


def _warn_not_finite(model, loss):
    warnings.warn(
        f"The loss of model '{model.name}' became {loss} at step {int(model.optimizer.steps)}: the learning rate "
        f"({float(model.optimizer.learning_rate):g}) is too high or the inputs are too large. Lower the rate, scale the inputs, "
        "or stop early with callbacks.TerminateOnNaN().",
        RuntimeWarning,
        stacklevel=4,
    )
