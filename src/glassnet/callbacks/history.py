"""The record of what `fit` returns."""

from glassnet.callbacks.callback import Callback


class History(Callback):
    """Keeps the logs of every epoch. `fit` adds one by itself and returns it.

    Attributes:
        history: A list of values for each name in the logs.
        epoch: The numbers of the epochs, counted from 0.

    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.7}); history.on_epoch_end(1, {"loss": 0.4})
    >>> history.history, history.epoch
    ({'loss': [0.7, 0.4]}, [0, 1])
    >>> history
    <History of 2 epochs: loss 0.4>
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def set_model(self, model):
        super().set_model(model)
        model.history = self

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self):
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epoch{'s' * (len(self.epoch) != 1)}{f': {last}' if last else ''}>"

    def _repr_html_(self):
        from glassnet.inspect.notebook import history_html

        return history_html(self)
