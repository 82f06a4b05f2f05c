"""Ending training when it no longer helps."""

from glassnet.callbacks.monitor_callback import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Ends training when a quantity has not become better for some epochs.

    Arguments:
        monitor: Name of the quantity in the logs.
        min_delta: By how much it must be better to count.
        patience: Number of epochs without improvement after which training ends.
        verbose: 1 to say so.
        mode: `"min"`, `"max"` or `"auto"`; see `MonitorCallback`.
        baseline: A value that must be beaten within `patience` epochs.
        restore_best_weights: Whether the model gets back the weights of its best epoch at the end.
        start_from_epoch: Number of epochs at the beginning that are not looked at.

    Attributes:
        stopped_epoch: The epoch at which training was ended, counted from 0; 0 if it was not.
        best_epoch: The epoch with the best value.

    >>> from types import SimpleNamespace
    >>> callback = EarlyStopping("loss", patience=2)
    >>> callback.set_model(SimpleNamespace(stop_training=False)); callback.on_train_begin()
    >>> for epoch, loss in enumerate([0.5, 0.4, 0.4, 0.4]):
    ...     callback.on_epoch_end(epoch, {"loss": loss})
    >>> callback.model.stop_training, callback.stopped_epoch, callback.best_epoch
    (True, 3, 1)
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        current = self.value_in(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            # A new best that is still short of the baseline does not buy more time.
            if self.is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose > 0:
                print(f"Restoring the weights of the best epoch: {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)
