"""The emergency stop."""

import math

from glassnet.callbacks.callback import Callback


class TerminateOnNaN(Callback):
    """Ends training when the loss becomes NaN or infinite; looks after each chunk of batches.

    Arguments:
        raise_error: Whether to raise `RuntimeError` in place of setting `model.stop_training`.

    >>> TerminateOnNaN(raise_error=True).on_train_chunk_end(10, {"loss": float("nan")})
    Traceback (most recent call last):
    RuntimeError: Expected a finite loss. Received: nan at batch 9. Try a smaller learning rate, or look for ...
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_train_chunk_end(self, step, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"Expected a finite loss. Received: {loss} at batch {step - 1}. "
                "Try a smaller learning rate, or look for values in the data that are not finite or very large."
            )
        print(f"Batch {step - 1}: Invalid loss, terminating training")
        self.model.stop_training = True
