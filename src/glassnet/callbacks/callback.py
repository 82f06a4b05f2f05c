"""The base of all callbacks."""

_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class Callback:
    """The base of all callbacks: override the hooks you need and pass the object in `fit(callbacks=[...])`.

    The compiled loop trains many batches at a stretch, a *chunk*. A callback that overrides a hook of single batches
    makes every chunk one batch long, which is slow for small networks. The hooks of chunks, glassnet's own, cost
    nothing: override `on_train_chunk_end` where "every now and then" is often enough.

    Attributes:
        model: The model that is trained; None until `set_model`.
        params: A dictionary of `verbose`, `epochs`, `steps` (batches in an epoch) and `samples` (rows in an epoch).

    >>> class Shout(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch}: loss {logs['loss']}!")
    >>> Shout().on_epoch_end(0, {"loss": 0.5})
    epoch 0: loss 0.5!
    """

    def __init__(self):
        self.model = None
        self.params = None

    def set_params(self, params):
        """Keeps the dictionary of parameters of the run."""
        self.params = params

    def set_model(self, model):
        """Keeps the model."""
        self.model = model

    def needs_batches(self, phase="train"):
        """Whether a hook of single batches is overridden: then the loop must come back after each batch.

        Arguments:
            phase: `"train"`, `"test"` or `"predict"`.

        >>> Callback().needs_batches()
        False
        """
        return any(self._overrides(name) for name in _BATCH_HOOKS[phase])

    def steps_until_needed(self, step):
        """glassnet's own: after how many more batches, at the latest, `on_train_chunk_end` is wanted.

        So a callback sees chosen steps without making every chunk one batch long.

        Arguments:
            step: How many batches of this epoch are done.

        Returns: A positive number; None where any will do.

        >>> Callback().steps_until_needed(0) is None
        True
        """

    def _overrides(self, name):
        # Through the object, not its class: LambdaCallback puts functions on the object.
        return getattr(getattr(self, name), "__func__", None) is not getattr(Callback, name)

    def close(self):
        """glassnet's own: the run is over, also if by an error or Ctrl-C. Give back what is still open."""

    def on_train_begin(self, logs=None):
        """Called when `fit` begins."""

    def on_train_end(self, logs=None):
        """Called when `fit` ends, with the logs of the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before epoch number `epoch`, counted from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after epoch number `epoch` and its validation.

        Arguments:
            epoch: Counted from 0.
            logs: Loss and metrics over the epoch by name; those of the validation begin with `val_`. Entries that a
                callback adds are seen by the callbacks after it and end up in the history.
        """

    def on_train_batch_begin(self, batch, logs=None):
        """Called before batch number `batch` of the epoch, counted from 0."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after batch number `batch` of the epoch, with the loss and metrics of the epoch up to here."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch, logs=None):
        """The old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """The old name of `on_train_batch_end`."""

    def on_train_chunk_end(self, step, logs=None):
        """glassnet's own: called after each chunk of batches, also if that is one batch.

        Arguments:
            step: How many batches of this epoch are done.
            logs: The loss and metrics of the epoch up to here.
        """

    def on_test_begin(self, logs=None):
        """Called when `evaluate`, or the validation after an epoch, begins."""

    def on_test_end(self, logs=None):
        """Called when it ends, with the loss and metrics."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before batch number `batch` of an evaluation, counted from 0."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after batch number `batch` of an evaluation, with the loss and metrics up to here."""

    def on_test_chunk_end(self, step, logs=None):
        """glassnet's own: as `on_train_chunk_end`, in an evaluation."""

    def on_predict_begin(self, logs=None):
        """Called when `predict` begins."""

    def on_predict_end(self, logs=None):
        """Called when `predict` ends."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before batch number `batch` of a prediction, counted from 0."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after batch number `batch` of a prediction."""

    def on_predict_chunk_end(self, step, logs=None):
        """glassnet's own: as `on_train_chunk_end`, in a prediction."""
