"""A smaller learning rate when training gets stuck."""

import numpy as np

from glassnet.callbacks.monitor_callback import MonitorCallback


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` when a quantity has not become better for some epochs.

    Adds `learning_rate` to the logs.

    Arguments:
        monitor: Name of the quantity in the logs.
        factor: Below 1.
        patience: Number of epochs without improvement.
        verbose: 1 to say when.
        mode: `"min"`, `"max"` or `"auto"`; see `MonitorCallback`.
        min_delta: By how much the quantity must be better to count.
        cooldown: Number of epochs after a reduction during which nothing is counted.
        min_lr: The learning rate below which it does not go.

    >>> from types import SimpleNamespace
    >>> callback = ReduceLROnPlateau("loss", factor=0.5, patience=1)
    >>> callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.1))); callback.on_train_begin()
    >>> for epoch, loss in enumerate([0.5, 0.5]):
    ...     callback.on_epoch_end(epoch, {"loss": loss})
    >>> callback.model.optimizer.learning_rate
    0.05
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"Expected `factor` to be below 1. Received: factor={factor!r}.")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._reset()

    def _reset(self):
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self):
        """Whether the last reduction is less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        current = self.value_in(logs)
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        optimizer = self.model.optimizer
        rate = float(optimizer.learning_rate)
        # The optimizer may hold its rate in float32: only in float32 is a rate that was set to min_lr equal to it.
        if rate <= np.float32(self.min_lr):
            return
        optimizer.learning_rate = max(rate * self.factor, self.min_lr)
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: ReduceLROnPlateau sets the learning rate to {float(optimizer.learning_rate):g}")
