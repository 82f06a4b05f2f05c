"""The progress bar of fit, evaluate and predict."""

from glassnet.callbacks.callback import Callback
from glassnet.progress import ProgressLine


class ProgbarLogger(Callback):
    """Shows each epoch as one line; see `ProgressLine`. `fit` adds one by itself unless `verbose=0`.

    What it shows depends on `params["verbose"]`: 0 nothing; 1 or `"auto"` a live line on a terminal and a plain one
    elsewhere; 2 a plain line everywhere. A prediction leaves no line behind, unless `verbose=2`.

    >>> callback = ProgbarLogger()
    >>> callback.set_params({"verbose": 2, "epochs": 5, "steps": 10, "samples": 320})
    >>> callback.on_train_begin(); callback.on_epoch_begin(0); callback.on_epoch_end(0, {"loss": 0.5})
    Epoch 1/5  loss 0.5000  ... samples/s
    """

    def __init__(self):
        super().__init__()
        self._line = None
        self._in_fit = False

    def _begin(self, title, keep=True):
        params = self.params or {}
        verbose = params.get("verbose", "auto")
        if verbose not in ("auto", 0, 1, 2):
            raise ValueError(f"Expected `verbose` to be 'auto', 0, 1 or 2. Received: verbose={verbose!r}.")
        if self._line is not None:
            self._line.close()
            self._line = None
        if verbose != 0:
            live = False if verbose == 2 else None
            self._line = ProgressLine(title, params.get("steps"), params.get("samples"), live, keep or verbose == 2)

    def _update(self, step, logs):
        if self._line is not None:
            self._line.update(step, logs)

    def _finish(self, logs):
        if self._line is not None:
            self._line.finish(logs)
            self._line = None

    def close(self):
        if self._line is not None:
            self._line.close()
            self._line = None
        self._in_fit = False

    def on_train_begin(self, logs=None):
        self._in_fit = True

    def on_train_end(self, logs=None):
        self._in_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        epochs = str((self.params or {}).get("epochs", "?"))
        self._begin(f"Epoch {epoch + 1:>{len(epochs)}}/{epochs}")

    def on_train_chunk_end(self, step, logs=None):
        self._update(step, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_test_begin(self, logs=None):
        # The validation after an epoch belongs to the line of the epoch.
        if not self._in_fit:
            self._begin("Evaluate")

    def on_test_chunk_end(self, step, logs=None):
        if not self._in_fit:
            self._update(step, logs)

    def on_test_end(self, logs=None):
        if not self._in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs=None):
        self._begin("Predict", keep=False)

    def on_predict_chunk_end(self, step, logs=None):
        self._update(step, {})

    def on_predict_end(self, logs=None):
        self._finish({})
