"""Making steps again that were made before: `fit` with the same arguments, up to a chosen step."""

from dataclasses import replace

from glassnet.callbacks import Callback
from glassnet.engine.variable import Variable
from glassnet.inspect.snapshot import Snapshot, batch_loss, constant_rate
from glassnet.schedules import LearningRateSchedule


class Paused(Exception):  # noqa: N818 - it is no error
    """A training came to the step at which it was to stop; `snapshot` is its state there."""

    def __init__(self, snapshot):
        super().__init__(f"paused at step {snapshot.step}")
        self.snapshot = snapshot


class Pause(Callback):
    """Leaves `fit` by `Paused` once `until` steps were made, without the end of the epoch or of the training.

    Arguments:
        until: Number of steps, counted as by `optimizer.steps`.
        rates: `[(first step, learning rate)]`, in order, that the steps are made with; empty to leave them alone.
    """

    def __init__(self, until, rates=()):
        super().__init__()
        self.until, self.rates = until, list(rates)
        self._epoch, self._reached = 0, None

    def on_epoch_begin(self, epoch, logs=None):
        if self._reached is not None:  # the epoch before was complete: its end was wanted, too
            raise Paused(self._reached)
        self._epoch = epoch
        self._set_rate()

    def steps_until_needed(self, step):
        now = int(self.model.optimizer.steps)
        return min(at for at in (self.until, *(first for first, _ in self.rates)) if at > now) - now

    def on_train_chunk_end(self, step, logs=None):
        if int(self.model.optimizer.steps) == self.until:
            loss = batch_loss(self.model._training.compiled.program)
            self._reached = Snapshot.take(self.model, self._epoch, step, loss, logs)
            if step < self.params["steps"]:
                raise Paused(self._reached)
        self._set_rate()

    def _set_rate(self):
        now = int(self.model.optimizer.steps)
        passed = [rate for first, rate in self.rates if first <= now]
        if passed:
            self.model.optimizer.learning_rate = passed[-1]


def repeat(model, arguments, snapshot, until, rates):
    """Takes a model to a snapshot and makes the steps from there to step `until` again; returns the `Snapshot` there.

    Arguments:
        model: The model.
        arguments: Those of the `fit` that made the steps.
        snapshot: Where to begin.
        until: A later step of the same `fit`.
        rates: `[(first step, learning rate)]` that the steps were made with; empty where a schedule says it.
    """
    optimizer, history = model.optimizer, model.history
    source = optimizer._rate
    snapshot.put(model)
    # One epoch more than there was: a pause at the end of an epoch is noticed when the next one begins.
    arguments = {
        **arguments,
        "epochs": arguments["epochs"] + 1,
        "initial_epoch": snapshot.epoch,
        "validation_data": None,
    }
    try:
        model.fit(callbacks=[Pause(until, rates)], verbose=0, **arguments)
    except Paused as pause:
        snapshot = pause.snapshot
    finally:
        model.history = history
        if not isinstance(source, Variable | LearningRateSchedule):
            optimizer.learning_rate = source  # a function, which is not asked for steps that were made
    snapshot = replace(snapshot, learning_rate=constant_rate(optimizer))
    snapshot.put(model)
    return snapshot
