"""Several callbacks, called as one."""

import functools
import inspect
from numbers import Real

from glassnet.callbacks.callback import Callback
from glassnet.callbacks.history import History
from glassnet.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Calls each hook on every callback in turn. As a context manager, it closes them at the end, whatever happens.

    Arguments:
        callbacks: None, a callback, or a list of callbacks (lists inside it are laid flat).
        add_history: Whether to append a `History` where there is none.
        add_progbar: Whether to append a `ProgbarLogger` where there is none.
        model: The model to hand to the callbacks.
        **params: The parameters to hand to them; see `Callback.params`.

    Raises:
        TypeError: Something in `callbacks` is not a callback.

    >>> from glassnet.callbacks import LambdaCallback
    >>> with CallbackList(LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))) as callbacks:
    ...     callbacks.on_epoch_end(0, {"loss": 1})
    0 {'loss': 1.0}
    >>> callbacks.needs_batches()
    False
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = list(_flat(callbacks))
        if add_history and not any(isinstance(callback, History) for callback in self.callbacks):
            self.callbacks.append(History())
        if add_progbar and not any(isinstance(callback, ProgbarLogger) for callback in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def set_params(self, params):
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def needs_batches(self, phase="train"):
        """Whether any of the callbacks must be called after each single batch; else only after chunks."""
        return any(callback.needs_batches(phase) for callback in self.callbacks)

    def steps_until_needed(self, step):
        """The least that any of the callbacks asks for; None where none does."""
        asked = (callback.steps_until_needed(step) for callback in self.callbacks)
        return min((steps for steps in asked if steps is not None), default=None)

    def close(self):
        for callback in self.callbacks:
            callback.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _flat(callbacks):
    if callbacks is None:
        return
    for callback in callbacks if isinstance(callbacks, list | tuple) else [callbacks]:
        if isinstance(callback, list | tuple):
            yield from _flat(callback)
        elif isinstance(callback, Callback):
            yield callback
        elif inspect.isclass(callback) and issubclass(callback, Callback):
            raise TypeError(f"Expected a callback. Received: the class {callback.__name__}. Write {callback.__name__}().")
        else:
            raise TypeError(f"Expected objects of classes derived from Callback. Received: {callback!r}.")


def _plain(logs):
    """The logs as a new dictionary of Python floats; what is not a number stays as it is."""
    return {
        name: float(value) if isinstance(value, Real) or getattr(value, "ndim", None) == 0 else value
        for name, value in (logs or {}).items()
    }


def _call_all(hook):
    """The method of CallbackList that calls `hook` on every callback, all with one and the same dictionary of logs."""
    name = hook.__name__

    def with_logs(self, logs=None):
        logs = _plain(logs)
        for callback in self.callbacks:
            getattr(callback, name)(logs)

    def with_index_and_logs(self, index, logs=None):
        logs = _plain(logs)
        for callback in self.callbacks:
            getattr(callback, name)(index, logs)

    takes_index = len(inspect.signature(hook).parameters) == 3
    return functools.wraps(hook)(with_index_and_logs if takes_index else with_logs)


# The hooks are found by their names, so that one which Callback gains is passed on as well.
for _name, _hook in list(vars(Callback).items()):
    if _name.startswith("on_"):
        setattr(CallbackList, _name, _call_all(_hook))
