"""Saving the model while it is trained."""

import os

from glassnet.callbacks.monitor_callback import MonitorCallback


class ModelCheckpoint(MonitorCallback):
    """Saves the model or its weights after each epoch, or after a number of batches.

    Arguments:
        filepath: Path of the file, which may hold `{epoch}`, counted from 1, and names from the logs:
            `"digits-{epoch:02d}-{val_loss:.2f}.safetensors"`. Missing folders are made.
        monitor: Name of the quantity in the logs that tells which model is best.
        verbose: 1 to say when.
        save_best_only: Whether to save only when that quantity is better than ever.
        save_weights_only: Whether to call `model.save_weights` in place of `model.save`.
        mode: `"min"`, `"max"` or `"auto"`; see `MonitorCallback`.
        save_freq: `"epoch"`, or a number of batches. The latter makes training slower: see `Callback`.
        initial_value_threshold: The value that the first model to be saved must beat; None for none.

    >>> from types import SimpleNamespace
    >>> callback = ModelCheckpoint("best-{epoch}.safetensors", "loss", save_best_only=True)
    >>> callback.set_model(SimpleNamespace(save=lambda path: print("saved", path)))
    >>> for epoch, loss in enumerate([0.5, 0.6, 0.4]):
    ...     callback.on_epoch_end(epoch, {"loss": loss})
    saved best-1.safetensors
    saved best-3.safetensors
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ValueError(f"Expected `save_freq` to be 'epoch' or a positive integer. Received: {save_freq!r}.")
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._epoch = 0
        self._batches = 0

    def needs_batches(self, phase="train"):
        return phase == "train" and self.save_freq != "epoch"

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch, logs):
        if self.save_best_only and not self._is_best(epoch, logs):
            return
        path = self._path(epoch, logs)
        if os.path.isdir(path):
            raise IsADirectoryError(f"Expected `filepath` to name a file. Received: the folder {path!r}.")
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: saved {path}")

    def _is_best(self, epoch, logs):
        current = self.value_in(logs)
        # Rather a model too many than none at all.
        if current is None:
            return True
        before = "none" if self.best is None else f"{self.best:.5f}"
        if not self.is_improvement(current, self.best):
            if self.verbose > 0:
                print(f"Epoch {epoch + 1}: {self.monitor} did not improve from {before}")
            return False
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: {self.monitor} improved from {before} to {current:.5f}")
        self.best = current
        return True

    def _path(self, epoch, logs):
        try:
            return self.filepath.format(**{**logs, "epoch": epoch + 1})
        except KeyError as error:
            raise KeyError(
                f"Expected the names in filepath {self.filepath!r} to be in the logs. "
                f"Received: no {error}, only {', '.join(['epoch', *logs])}."
            ) from error
