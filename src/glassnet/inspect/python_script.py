"""A model as a Python script that rebuilds and retrains it to the same bits."""

import functools
import re

from glassnet.inspect.compilation_script import compilation_lines, layers_in
from glassnet.inspect.configured_call import MODULES, own_classes
from glassnet.inspect.data_source import library_data
from glassnet.inspect.lineage import beginning, checked_runs, rate_changes, replace_layers, stages
from glassnet.inspect.network_script import NetworkScript
from glassnet.training_run import checksum, compilation_of

FIT_DEFAULTS = {
    "initial_epoch": 0,
    "validation_split": 0.0,
    "shuffle": True,
    "class_weight": None,
    "steps_per_epoch": None,
    "validation_steps": None,
    "validation_batch_size": None,
    "validation_freq": 1,
}


def to_python(model, data=None):
    """A Python script that builds the model anew, from the same seeds, and trains it as it was trained: to the same bits.

    Data of the library (`datasets`) are loaded by the script; other data it reads from an .npz file, whose path is its
    argument, with arrays named as those of `fit`: x, y, sample_weight, x_val, y_val, sample_weight_val; those of several inputs
    or outputs are numbered: x_0, x_1. Where later calls of `fit` were given other data, these are x2, y2, and so on. At its end
    the script compares the weights with those of the model.

    Arguments:
        model: A compiled, trained `Sequential` or `Model(inputs, outputs)`.
        data: The `PointData` that it was trained on, whose lines then load the data; None to find that out.

    Returns: The script, a string. A training that was paused amid an epoch, rewound by a timeline, or whose learning rate was
    changed on the way is written down as what led to the present weights. Where the model was compiled again, as to fine-tune
    it, the script freezes, thaws and compiles there, too; where a head was replaced by `pop` and `add`, it does the same. Weights
    that were set are written as numbers, up to 1000 of them. Classes of one's own are imported from their modules.

    Raises `ValueError` that says why, where the training cannot be repeated: no call of `fit` is known, or the weights
    were changed by something else, such as the training of another model with the same layers.

    >>> from glassnet import Sequential, datasets, layers
    >>> model = Sequential([layers.Input((8,)), layers.Dense(1, activation="sigmoid")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> (x, y), _ = datasets.parity.load_data()
    >>> _ = model.fit(x, y, epochs=2, verbose=0)
    >>> script = to_python(model)
    >>> print("\\n".join(line for line in script.splitlines() if "fit(" in line or "load_data" in line))
    (x_train, y_train), (x_test, y_test) = datasets.parity.load_data()
    model.fit(x, y, batch_size=32, epochs=2)
    """
    runs = checked_runs(model)
    sources = _Sources(runs, data)
    copy = beginning(model)
    network = NetworkScript(copy)
    code = [*sources.lines, "", *network.lines, f"model.seed = {int(model.seed)}", ""]
    code += [*_statistics(model), *_given(copy, runs[0])]
    before = runs[0]
    for stage in stages(runs):
        goes_on = stage[0].steps > 0
        for run in stage:
            code += _changes(copy, model, network, before, run)
            if run.compiled:
                code += [*compilation_lines(copy, run.compiled, stage, goes_on), ""]
            code += _fit(model, run, sources.number(run), run is stage[0] and not goes_on or rate_changes(stage))
            before = run
        code.append("")
    if model.compiled_anew:
        code += [*compilation_lines(copy, compilation_of(model), [], int(model.optimizer.steps) > 0), ""]
    code += _comparison(model)
    lines = [f'"""{_docstring(model, sources.own)}"""', "", "import hashlib"]
    lines += ["import sys"] * bool(sources.own) + [""]
    lines += ["import numpy as np", ""] * any("np." in line for line in code)
    used = [f"{name}." for name in (*MODULES, "datasets", "preprocessing")] + ["Model(", "Sequential("]
    used = [call[:-1] for call in used if any(call in line for line in code)]
    lines += [f"from glassnet import {', '.join(sorted(used))}"]
    popped = [run.popped for run in runs]
    classes = own_classes([copy.get_config(), *popped, *(run.compiled for run in runs), compilation_of(model)])
    lines += [*sorted(f"from {cls.__module__} import {cls.__name__}" for cls in classes), ""]
    return "\n".join([*lines, *code, ""])


class _Sources:
    """Where the data come from that the runs were made with: data sets of the library, and arrays of a file.

    Attributes: `lines` that load them, `own` (`{variable: shape}` of the arrays that a file must have).
    """

    def __init__(self, runs, data):
        self._described = []
        for run in runs:
            described = run.data.describe()
            self._described += [] if described in self._described else [described]
        self.lines, self.own = [], {}
        for number, described in enumerate(self._described, 1):
            called = functools.partial(_variable, number=number)
            loading = library_data(described, called) if data is None else _lines_of(data, described)
            if loading is None:
                self.own.update({called(name): tuple(about["shape"]) for name, about in described.items()})
            else:
                self.lines += [line for line in loading if line not in self.lines]
        if self.own:
            self.lines = [*_own_data(self.own), *self.lines]

    def number(self, run):
        """Which data a run was made with, counted from 1."""
        return self._described.index(run.data.describe()) + 1


def _lines_of(data, described):
    """The lines that load `PointData`, if they are what the model was trained on."""
    arrays = dict(zip(("x", "y", "x_val", "y_val"), (array for part in data.load() for array in part), strict=True))
    if any(checksum(arrays[name]) != described[name]["sha256"] for name in described if name in arrays):
        raise ValueError("Expected the points that the model was trained on. Received: others.")
    return data.lines()


# -- parts of the script ---------------------------------------------------------------------------------------------------


def _docstring(model, own):
    """The first lines of the script. Names are the user's, and must not end the string."""
    lines = ["Builds a glassnet model anew and trains it as it was trained: to the same bits."]
    if own:
        lines += ["", "Call: python script.py data.npz, a file with the arrays " + ", ".join(own) + "."]
    callbacks = sorted({name for run in model.training_runs for name in run.callbacks if str(name).isidentifier()})
    if callbacks:
        lines += ["", f"The training was watched by callbacks that are not repeated here: {', '.join(callbacks)}."]
    return "\n".join(lines + [""] * (len(lines) > 1))


def _own_data(shapes):
    listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    return [
        "if len(sys.argv) != 2:",
        f"    sys.exit({f'Expected the path of an .npz file with {listed}.'!r})",
        "with np.load(sys.argv[1]) as file:",
        *(f"    {name} = file[{name!r}]" for name in shapes),
    ]


def _variable(name, number=1):
    """What the array `x/0`, that of the first of several inputs, is called in the script: `x_0`; of the second data `x2_0`."""
    if number > 1:
        name = re.sub("^(x|y|sample_weight)", rf"\g<1>{number}", name)
    return name.replace("/", "_")


def _array(name, data, count, number):
    """The Python of what `fit` is given as x, y or the like, where there are so many inputs or outputs; None where nothing."""
    if name in data:
        return _variable(name, number)
    parts = [_variable(f"{name}/{n}", number) if f"{name}/{n}" in data else "None" for n in range(count)]
    return f"[{', '.join(parts)}]" if any(part != "None" for part in parts) else None


def _given(copy, run):
    """The lines that set weights that no initializer gives, and no training."""
    if not run.weights or checksum(copy.params.array) == run.start:
        return []
    copy.set_weights(run.weights)
    arrays = [f"    np.array({array.tolist()!r}, {array.dtype.name!r})," for array in copy.get_weights()]
    return ["model.set_weights(", "    [", *(f"    {line}" for line in arrays), "    ]", ")", ""]


def _changes(copy, model, network, before, run):
    """The lines that replace layers or set weights between two runs."""
    if run is before:
        return []
    if run.kept is None:
        return _given(copy, run)
    gone, came = replace_layers(copy, model, before, run)
    return [*["model.pop()"] * gone, *(line for layer in came for line in network.added(layer)), ""]


def _statistics(model):
    """What layers such as Normalization were told about the data."""
    lines = []
    for layer, place in layers_in(model, "model"):
        if hasattr(layer, "adapt"):
            arrays = [f"np.array({w.tolist()!r}, {w.dtype.name!r})" for w in layer.get_weights()]
            lines += [f"{place}.set_weights(", f"    [{', '.join(arrays)}]", ")"]
    return lines


def _fit(model, run, number, rate_is_set):
    lines, data = [], run.data.describe()
    if not rate_is_set and run.learning_rate is not None:
        lines.append(f"model.optimizer.learning_rate = {run.learning_rate!r}")
    given = {name: run.arguments[name] for name, usual in FIT_DEFAULTS.items() if run.arguments[name] != usual}
    if "class_weight" in given:
        given["class_weight"] = dict(map(tuple, given["class_weight"]))
    counts = {"x": len(model.input_names), "y": len(model.output_names), "sample_weight": len(model.output_names)}
    x, y, weights, *validation = (_array(name + end, data, n, number) for end in ("", "_val") for name, n in counts.items())
    ending = [f"sample_weight={weights}"] * (weights is not None)
    validation = [text for text in validation if text is not None]
    ending += [f"validation_data=({', '.join(validation)})"] * bool(validation)
    begin = run.arguments["initial_epoch"]
    epochs, steps = divmod(run.done, run.steps_per_epoch)
    whole = epochs or (begin and not steps)  # a training that was rewound to its beginning is no call
    calls = [{"epochs": begin + epochs, **given}] if whole else []
    if steps:  # of an epoch that was begun
        calls.append({**given, "epochs": begin + epochs + 1, "initial_epoch": begin + epochs, "steps_per_epoch": steps})
    for call in calls:
        call = {"batch_size": run.arguments["batch_size"], **{k: v for k, v in call.items() if FIT_DEFAULTS.get(k, ...) != v}}
        lines.append(f"model.fit({', '.join([x, y, *(f'{name}={value!r}' for name, value in call.items()), *ending])})")
    return lines


def _comparison(model):
    return [
        "found = hashlib.sha256(model.params.array.data).hexdigest()",
        f"same = found == {checksum(model.params.array)!r}",
        'print("The same weights, bit for bit." if same else "Other weights: other data, versions or another processor?")',
        "raise SystemExit(not same)",
    ]
