"""What a call of `fit` must leave behind so that it can be made again: its arguments, its seeds, and what its data were."""

import contextlib
import hashlib
import re

import numpy as np

from glassnet.engine.variable import Variable
from glassnet.examples import several
from glassnet.initializers.drawn import RandomInitializer
from glassnet.layers.layer import layers


def checksum(array):
    """SHA-256 of an array's numbers, as hexadecimal digits.

    >>> checksum(np.zeros(2, "uint8"))[:8]
    '96a296d2'
    """
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def _plain(value):
    """NumPy's numbers within lists and dictionaries as Python's, which JSON can hold."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


KEPT_RUNS = KEPT_RATES = KEPT_WEIGHTS = 1000
"""Calls of `fit`, changes of the learning rate within one, and weights that were set, that a model remembers; a script with
more of them would help nobody."""
KEPT_DATA = 16
"""Different data that it can name afterwards. Who trains on new data with every call does not pay for their checksums."""


class Data:
    """The arrays of one call of `fit`, by name, and what identifies them.

    Checksums are computed when they are first asked for, or when other data come: those of all MNIST take 30 ms and more.
    """

    def __init__(self, arrays):
        self.arrays = _named(arrays)
        self._described = None

    def describe(self):
        """`{name: {"shape", "dtype", "sha256"}}`. The arrays are let go. After `forget`, checksums are None."""
        return self._let_go(checksum)

    def forget(self):
        """Lets the arrays go without their checksums."""
        self._let_go(lambda array: None)

    def _let_go(self, identify):
        if self._described is None:
            self._described = {
                name: {"shape": list(array.shape), "dtype": array.dtype.name, "sha256": identify(array)}
                for name, array in self.arrays.items()
            }
            self.arrays = None
        return self._described

    def equal(self, arrays):
        """Whether these are the numbers that it holds."""
        arrays = _named(arrays)
        held = self.arrays if self.arrays is not None else {}
        return held.keys() == arrays.keys() and all(_same(held[name], array) for name, array in arrays.items())


def _named(arrays):
    """All arrays by name; those of several inputs or outputs are numbered: `x/0`, `x/1`."""
    parts = (
        (f"{name}/{n}" * isinstance(a, tuple) or name, part) for name, a in arrays.items() for n, part in enumerate(several(a))
    )
    return {name: part for name, part in parts if part is not None}


def _same(a, b):
    return a is b or (a.dtype == b.dtype and np.array_equal(a, b))


def compilation_of(model):
    """How a model is compiled: what `get_compile_config` gives, without what is empty, and as its `"layers"` all that are frozen
    or have a learning rate of their own, as `{name: [trainable, factor]}`. What no plain data can say is `{"unknown": why}`.

    >>> from glassnet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3, name="still", trainable=False), layers.Dense(1, name="out")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> compiled = compilation_of(model)
    >>> compiled["optimizer"]["class_name"], compiled["layers"]
    ('SGD', {'still': [False, 1.0]})
    """
    try:
        compiled = model.get_compile_config()
    except ValueError as error:
        return {"unknown": str(error)}
    settings = {layer.name: list(setting) for layer, setting in model._settings().items()}
    compiled["layers"] = {name: setting for name, setting in settings.items() if setting != [True, 1]}
    return {name: part for name, part in _plain(compiled).items() if part}


def _size(parts):
    """How many parameters layers have."""
    return sum(variable.size for layer in parts for variable in layer.weights if variable.is_parameter)


class TrainingRun:
    """One call of `fit`. The model keeps them all, in order, in `training_runs`.

    Attributes:
        arguments: Those of `fit` that change what is learnt, as plain data.
        epoch: Number of the epoch that came last, counted from 1.
        steps: The optimizer's steps before it.
        steps_per_epoch: Steps in each of its epochs.
        first: Steps of its first epoch that were made before it, where it went on amid an epoch.
        done: Steps made in it.
        learning_rate: Before it; None where it follows a schedule or a function.
        rates: `[[step, learning rate]]` where the rate was set to another one amid the run; None where that was too often.
        seeds: Of the initializers, by layer and attribute.
        start, end: Checksums of the parameters before and after it; the end is None while it is under way.
        callbacks: Names of the classes of callbacks that were there.
        compiled: How the model was compiled, where that was done since the run before: what `compilation_of` gives; else None.
        popped: Configurations of the layers that were taken off the end of the model after it, the last one first.
        left: Checksum of the parameters that these left there; None where there are none.
        kept, added: Where layers were taken off the end, or put there, since the run before: checksums of the parameters of the
            layers that were there already, and of the new ones. Else None.
        weights: All weights before it as lists, where they were not left by the run before, as far as there are few; else None.
        data: `Data`.
    """

    PLAIN = (
        "arguments", "epoch", "steps", "steps_per_epoch", "first", "done", "learning_rate", "rates", "seeds", "start", "end",
        "callbacks",
    )  # fmt: skip

    ARGUMENTS = (
        "batch_size", "initial_epoch", "validation_split", "shuffle", "class_weight", "steps_per_epoch", "validation_steps",
        "validation_batch_size", "validation_freq",
    )  # fmt: skip

    CHANGES = ("compiled", "popped", "left", "kept", "added", "weights")
    """What is None, or empty, for most runs."""

    ARRAYS = ("x", "y", "sample_weight", "x_val", "y_val", "sample_weight_val")

    @classmethod
    def begin(cls, model, arrays, arguments, steps_per_epoch, callbacks):
        """A run that begins now."""
        run, before = cls(), model.training_runs[-1] if model.training_runs else None
        if before is not None and before.data.equal(arrays):
            run.data = before.data
        else:
            if len({id(other.data) for other in model.training_runs}) > KEPT_DATA:
                before.data.forget()
            elif before is not None:
                before.data.describe()
            run.data = Data(arrays)
        del model.training_runs[: -KEPT_RUNS + 1]
        rate = model.optimizer._rate
        run.arguments, run.epoch = _plain(arguments), arguments["initial_epoch"]
        run.steps, run.steps_per_epoch = int(model.optimizer.steps), steps_per_epoch
        run.first = run.done = 0
        run.learning_rate = float(rate) if isinstance(rate, Variable) else None
        run.rates = []
        run.seeds = {
            layer.name: {name: part.seed for name, part in vars(layer).items() if isinstance(part, RandomInitializer)}
            for layer in model.every_layer()
        }
        run.start, run.end = checksum(model.params.array), None
        run.callbacks = sorted({type(callback).__name__ for callback in callbacks} - {"History", "ProgbarLogger"})
        run.compiled = compilation_of(model) if model.compiled_anew else None
        model.compiled_anew = False
        run.popped, run.left = [], None
        run._note_changes(model, before)
        return run

    def _note_changes(self, model, before):
        """Notes what happened to the weights since the run before, besides that."""
        self.kept = self.added = self.weights = None
        if before is not None and (before.popped or before.seeds.keys() != self.seeds.keys()):
            gone = {layer["config"]["name"] for layer in before.popped}
            old = [layer for layer in model.layers if layer.name in before.seeds and layer.name not in gone]
            size = _size(old)
            self.kept, self.added = checksum(model.params.array[:size]), checksum(model.params.array[size:])
        elif (before is None or before.end != self.start) and model.count_params() <= KEPT_WEIGHTS:
            self.weights = [array.tolist() for array in model.get_weights()]

    def note_popped(self, model, layer):
        """Notes that a layer, which it trained, is about to be taken off the end of the model."""
        if layer.name not in self.seeds or any(layer.name == other["config"]["name"] for other in self.popped):
            return
        array = model.params.array
        same = checksum(array) == (self.left or self.end)
        self.left = checksum(array[: len(array) - _size([layer])]) if same else "changed"
        try:
            self.popped.append(_plain(layers.serialize(layer)))
        except ValueError as error:
            self.popped.append({"class_name": None, "config": {"name": layer.name}, "unknown": str(error)})

    @property
    def steps_after(self):
        """The optimizer's steps after it."""
        return self.steps + self.done

    @contextlib.contextmanager
    def under_way(self, model):
        """Context of its steps, however they end."""
        try:
            yield
        finally:
            self.end = checksum(model.params.array)

    def note(self, rates):
        """Counts steps that were made with these learning rates."""
        rate, last = float(rates[0]), self.rates[-1][1] if self.rates else self.learning_rate
        if self.learning_rate is not None and self.rates is not None and rate != last:
            self.rates = [*self.rates, [self.steps + self.done, rate]] if len(self.rates) < KEPT_RATES else None
        self.done += len(rates)

    def cut(self, step, end):
        """Forgets what came after a step at which it was gone back to; `end` is the checksum of the parameters there."""
        self.done, self.end = step - self.steps, end
        self.rates = self.rates and [change for change in self.rates if change[0] < step]
        self.epoch = self.arguments["initial_epoch"] + (self.first + self.done) // self.steps_per_epoch

    def get_config(self):
        """Plain data, with checksums for the arrays."""
        changes = {name: getattr(self, name) for name in self.CHANGES if getattr(self, name)}
        return {**{name: getattr(self, name) for name in self.PLAIN}, **changes, "data": self.data.describe()}

    @classmethod
    def from_config(cls, config):
        """The run that `get_config` described. Raises `KeyError` where something is missing, `ValueError` for unknown arrays."""
        if not all(re.fullmatch(f"({'|'.join(cls.ARRAYS)})(/[0-9]+)?", name) for name in config["data"]):  # names in a script
            raise ValueError(f"Expected some of the arrays {', '.join(cls.ARRAYS)}. Received: {', '.join(config['data'])}.")
        run = cls()
        for name in cls.PLAIN:
            setattr(run, name, config[name])
        for name in cls.CHANGES:
            setattr(run, name, config.get(name))
        run.popped = run.popped or []
        run.data = Data({})
        run.data._described = {
            name: {key: about[key] for key in ("shape", "dtype", "sha256")} for name, about in config["data"].items()
        }
        wrong = [name for name, fits in run._checks() if not fits]
        if wrong:
            raise ValueError(f"Expected the record of a call of fit. Received: one whose {', '.join(wrong)} cannot be.")
        return run

    def _checks(self):
        """`(name, whether what a file says of it can be)`."""
        for name in ("epoch", "steps", "steps_per_epoch", "first", "done"):
            yield name, isinstance(getattr(self, name), int) and getattr(self, name) >= (name == "steps_per_epoch")
        yield "learning_rate", isinstance(self.learning_rate, float | int | None)
        yield "rates", self.rates is None or all(len(list(change)) == 2 for change in self.rates)
        yield "seeds", all(isinstance(seeds, dict) for seeds in self.seeds.values())
        yield "callbacks", isinstance(self.callbacks, list)
        yield "arguments", set(self.ARGUMENTS) <= self.arguments.keys()
        yield "initial_epoch", isinstance(self.arguments["initial_epoch"], int)
        yield "class_weight", all(len(list(pair)) == 2 for pair in self.arguments["class_weight"] or ())
        yield "arrays", {"x", "y"} <= {name.partition("/")[0] for name in self.data.describe()}
        yield "data", all(
            isinstance(about["sha256"], str | None) and all(isinstance(size, int) for size in about["shape"])
            for about in self.data.describe().values()
        )
        yield "popped", all(isinstance(layer["config"]["name"], str) for layer in self.popped)
        yield "weights", all(np.isfinite(np.asarray(array, np.float64)).all() for array in self.weights or ())
        if self.compiled is not None and "unknown" not in self.compiled:
            optimizer = self.compiled["optimizer"]
            yield "compiled", isinstance(optimizer["class_name"], str) and isinstance(optimizer["config"], dict)
            yield "loss", "loss" in self.compiled
