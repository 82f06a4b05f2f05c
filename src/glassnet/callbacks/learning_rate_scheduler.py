"""The learning rate as a function of the epoch."""

import inspect
import math
from numbers import Real

from glassnet.callbacks.callback import Callback


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch. Adds `learning_rate` to the logs.

    Arguments:
        schedule: A function of the epoch, counted from 0, or of the epoch and the present learning rate, that returns
            the new rate.
        verbose: 1 to print it.

    Raises:
        ValueError: The function returned something else than a finite number.

    >>> from types import SimpleNamespace
    >>> callback = LearningRateScheduler(lambda epoch, rate: rate if epoch < 10 else rate * 0.9)
    >>> callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.1)))
    >>> callback.on_epoch_begin(10); callback.model.optimizer.learning_rate
    0.09000000000000001
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, float(optimizer.learning_rate)) if self._takes_rate else self.schedule(epoch)
        if not isinstance(rate, Real) or not math.isfinite(rate):
            raise ValueError(f"Expected the schedule to return a finite number for epoch {epoch}. Received: {rate!r}.")
        optimizer.learning_rate = rate
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: LearningRateScheduler sets the learning rate to {rate:g}")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(schedule):
    if not callable(schedule):
        raise TypeError(f"Expected `schedule` to be a function. Received: {schedule!r}.")
    signature = inspect.signature(schedule)
    for arguments in ((0, 0.1), (0,)):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return len(arguments) == 2
    raise TypeError(f"Expected `schedule` to take (epoch) or (epoch, learning_rate). Received: schedule{signature}.")
