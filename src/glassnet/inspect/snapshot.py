"""The whole state of a training after one of its steps, kept and put back."""

import functools
from dataclasses import dataclass

from glassnet.engine.layout import Vector
from glassnet.engine.variable import Variable
from glassnet.examples import count
from glassnet.training import Position
from glassnet.training_run import checksum

OBJECTS = 1024
"""Bytes that a snapshot takes besides its numbers, about: what counts for a network of ten weights."""


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """All that the next steps of a training follow from, after `step` steps. Its arrays cannot be written to.

    Random numbers (Dropout, noise, the order of examples) are functions of seeds and of these counts, so that the counts
    are their whole state.

    Attributes:
        step: How many steps were made.
        epoch: The epoch under way, as `fit` counts them from 0.
        epochs_trained: How many epochs the model was trained in all.
        position: Where in the epoch it stands (`Position`, with running sums of loss and metrics); None at its beginning.
        params, state, slots: `Vector`s of the parameters, of what layers keep untrained, and of the optimizer's numbers.
        learning_rate: The optimizer's; None where it follows a schedule or a function.
        loss: Of the mini-batch that the last step was made on, before it, with penalties; NaN at the beginning of `fit`.
        measured: Function that gives `logs`.
        run: The `TrainingRun` that made the step; None where it is not known.

    >>> from glassnet import layers
    >>> from glassnet.inspect.timeline import Timeline
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> timeline = Timeline(every=3)
    >>> _ = model.fit([[0, 0], [0, 1]], [0, 1], batch_size=1, epochs=3, verbose=0, callbacks=[timeline])
    >>> snapshot = timeline.at(3)
    >>> snapshot.epoch, snapshot.batches, snapshot.params["dense/kernel"].shape
    (1, 1, (2, 1))
    """

    step: int
    epoch: int
    epochs_trained: int
    position: Position | None
    params: Vector
    state: Vector
    slots: Vector
    learning_rate: float | None
    loss: float
    measured: object
    run: object = None

    @classmethod
    def take(cls, model, epoch, batches, loss=float("nan"), logs=None):
        """Keeps the present state of a model that `fit` trains.

        Arguments:
            model: The model.
            epoch: The epoch under way, as `fit` counts them.
            batches: How many of its batches are done; all of them is as much as none of the next epoch's.
            loss: Of the mini-batch that the last step was made on.
            logs: Loss and metrics of the epoch up to here.
        """
        training, optimizer = model._training, model.optimizer
        program, arguments = training.compiled.program, training.arguments
        examples, position = count(arguments["x"]), model._position
        complete = batches == arguments["steps_per_epoch"]
        if position is None or not position.fits(program, examples):
            begun = batches and not complete
            position = Position(batches, program.batch_size, examples, program.totals.copy()) if begun else None
        return cls(
            step=int(optimizer.steps),
            epoch=epoch + complete,
            epochs_trained=model._epochs_trained + complete,
            position=position,
            params=frozen(program.params),
            state=frozen(program.state),
            slots=frozen(optimizer.slots),
            learning_rate=constant_rate(optimizer),
            loss=loss,
            measured=dict(logs or {}).copy,
            run=model.training_runs[-1],
        )

    @functools.cached_property
    def logs(self):
        """Loss and metrics over the epoch up to here; empty at its beginning."""
        return self.measured()

    @property
    def batches(self):
        """How many batches of the epoch are done."""
        return 0 if self.position is None else self.position.batches

    @property
    def nbytes(self):
        """Bytes that it takes."""
        sums = 0 if self.position is None else self.position.sums.nbytes
        return OBJECTS + sums + self.params.array.nbytes + self.state.array.nbytes + self.slots.array.nbytes

    def put(self, model):
        """Puts a model back to this state. The next `fit` on as many examples goes on in the middle of the epoch.

        Raises `ValueError` where the model or its optimizer has other numbers than these.
        """
        optimizer = model.optimizer
        optimizer.build(model.params_variables)
        pairs = self._pairs(model)
        for what, kept, present in pairs:
            if kept.layout.entries != present.layout.entries:
                raise ValueError(
                    f"Expected a model with the {what} that were kept at step {self.step}: {_names(kept)}. "
                    f"Received: {_names(present)}. Build and compile it as it was then."
                )
        for _, kept, present in pairs:
            present.array[...] = kept.array
        optimizer.steps.assign(self.step)
        if self.learning_rate is not None:
            optimizer.learning_rate = self.learning_rate
        model._epochs_trained, model._position = self.epochs_trained, self.position
        self._go_back_in(model)

    def _go_back_in(self, model):
        """Lets a model forget its runs after this step. Steps are counted anew with each `compile`, so that those of the run that
        made the step are looked at only; where that is not one of the model's, those since the last `compile`."""
        runs = model.training_runs
        if self.run in runs:
            runs = runs[: runs.index(self.run) + 1]
        elif sum(run.compiled is not None for run in runs) > 1:
            return  # not known to be of this model: its weights tell that they do not follow from its runs
        first = max((place for place, run in enumerate(runs) if run.compiled is not None), default=0)
        since = [run for run in runs[first:] if run.steps < self.step] or runs[first : first + 1]
        model.training_runs = [*runs[:first], *since]
        if since and since[-1].steps_after > self.step:
            since[-1].cut(self.step, checksum(model.params.array))

    def matches(self, model):
        """Whether a model stands here, to the bit."""
        counts = int(model.optimizer.steps), model._epochs_trained, model._position
        return counts == (self.step, self.epochs_trained, self.position) and all(
            kept.array.tobytes() == present.array.tobytes() for _, kept, present in self._pairs(model)
        )

    def _pairs(self, model):
        return (
            ("parameters", self.params, model.params),
            ("state of layers", self.state, model.state),
            ("numbers of the optimizer", self.slots, model.optimizer.slots),
        )

    def __repr__(self):
        return f"<Snapshot of step {self.step}: epoch {self.epoch}, batch {self.batches}, loss {self.loss:.6g}>"


def constant_rate(optimizer):
    """The learning rate where it is a number; None for a schedule or a function, which must not be asked in passing."""
    return float(optimizer._rate) if isinstance(optimizer._rate, Variable) else None


def batch_loss(program):
    """The loss of the mini-batch that a program has worked on last, with penalties."""
    return sum(float(loss) for loss in batch_losses(program))


def batch_losses(program):
    """The parts of that loss, as views."""
    nodes = (n for n in program.graph.nodes if n.phase == "loss" and (n.totals == 1 or n.totals and n.outputs[0].name == "loss"))
    return [program.acts[node.outputs[0].name] for node in nodes]


def frozen(vector):
    """A copy of a `Vector` that cannot be written to."""
    if not vector.array.size:
        return vector
    array = vector.array.copy()
    array.flags.writeable = False
    return Vector(vector.layout, array.dtype, array)


def _names(vector):
    return ", ".join(f"{name} {shape}" for name, (_, shape) in vector.layout.entries.items()) or "none"
