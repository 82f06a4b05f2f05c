"""The whole state of a training after one of its steps, kept and put back."""

from dataclasses import dataclass, field

import numpy as np

from glassnet.engine.layout import Vector
from glassnet.training import Position


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """All that the next steps of a training follow from, after `step` steps. The arrays cannot be written to.

    Random numbers (Dropout, noise, the order of examples) are functions of seeds and of these counts, so that the counts
    are their whole state.

    Attributes:
        step: How many steps were made.
        epoch: The epoch under way, as `fit` counts from 0.
        batches: How many batches of it are done.
        epochs_trained: How many epochs the model was trained in all.
        params, state, slots: `Vector`s of the parameters, of what layers keep untrained, and of the optimizer's numbers.
        sums: Running sums of loss and metrics over the batches of the epoch.
        learning_rate: The optimizer's.
        loss: Of the mini-batch that the last step was made on, with penalties; NaN before the first.
        logs: Loss and metrics over the epoch up to here.

    >>> from glassnet import layers
    >>> from glassnet.inspect.timeline import Timeline
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> timeline = Timeline(every=2)
    >>> _ = model.fit([[0, 0], [0, 1]], [0, 1], batch_size=1, epochs=3, verbose=0, callbacks=[timeline])
    >>> snapshot = timeline.at(4)
    >>> snapshot, snapshot.params["dense/kernel"].shape
    (<Snapshot of step 4: epoch 2, batch 0, loss ...>, (2, 1))
    """

    step: int
    epoch: int
    batches: int
    epochs_trained: int
    params: Vector
    state: Vector
    slots: Vector
    sums: np.ndarray
    position: Position = field(repr=False)
    learning_rate: float
    loss: float
    logs: dict

    @classmethod
    def take(cls, model, epoch, batches, logs=None):
        """Keeps the present state of a model that `fit` trains.

        Arguments:
            model: The model.
            epoch: The epoch under way, as `fit` counts.
            batches: How many batches of it are done; all of them is as well as none of the next.
            logs: Loss and metrics of the epoch up to here.
        """
        training = model._training
        program, arguments = training.compiled.program, training.arguments
        complete = batches == arguments["steps_per_epoch"]
        position = None
        if batches and not complete:
            sums = _kept(program.totals)
            position = Position(batches, program.batch_size, len(arguments["x"]), sums)
        return cls(
            step=int(model.optimizer.steps),
            epoch=epoch + complete,
            batches=0 if complete else batches,
            epochs_trained=model._epochs_trained + complete,
            params=_copy(program.params),
            state=_copy(program.state),
            slots=_copy(model.optimizer.slots),
            position=position,
            learning_rate=float(model.optimizer.learning_rate),
            loss=batch_loss(program) if batches else float("nan"),
            logs=dict(logs or {}),
        )
