"""A callback made of functions."""

from glassnet.callbacks.callback import Callback


class LambdaCallback(Callback):
    """Calls the functions it is given; each has the arguments of the hook of the same name.

    Arguments:
        on_epoch_begin, on_epoch_end: Functions of `(epoch, logs)`.
        on_train_begin, on_train_end: Functions of `(logs)`.
        on_train_batch_begin, on_train_batch_end: Functions of `(batch, logs)`. They slow training down: see `Callback`.
        **kwargs: Functions for other hooks of `Callback`, such as `on_train_chunk_end`, of `(step, logs)`.

    Raises:
        TypeError: An argument is not a function, or no hook has its name.

    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(f"{epoch}: {logs['loss']:.1f}"))
    >>> callback.on_epoch_end(3, {"loss": 0.25})
    3: 0.2
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        functions = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in functions.items():
            if function is None:
                continue
            if not name.startswith("on_") or not hasattr(Callback, name):
                hooks = ", ".join(sorted(hook for hook in vars(Callback) if hook.startswith("on_")))
                raise TypeError(f"Expected the name of a hook: {hooks}. Received: {name}.")
            if not callable(function):
                raise TypeError(f"Expected {name} to be a function. Received: {function!r}.")
            setattr(self, name, function)
