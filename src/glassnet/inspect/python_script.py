"""A model as a Python script that rebuilds and retrains it to the same bits."""

import copy
import inspect

from glassnet import activations, initializers, layers, losses, metrics, optimizers, regularizers, schedules
from glassnet.inspect.data_source import library_data
from glassnet.inspect.lineage import checked_runs, rate_changes, seeded
from glassnet.registry import snake_case
from glassnet.training_run import checksum

MODULES = {
    "activations": activations,
    "initializers": initializers,
    "regularizers": regularizers,
    "schedules": schedules,
    "losses": losses,
    "metrics": metrics,
    "optimizers": optimizers,
    "layers": layers,
}
WIDTH = 100
"""Characters in a line of the script, at most where it can be broken."""

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
    argument, with arrays named as those of `fit`: x, y, sample_weight, x_val, y_val, sample_weight_val. At its end the
    script compares the weights with those of the model.

    Arguments:
        model: A compiled, trained `Sequential`.
        data: The `PointData` that it was trained on, whose lines then load the data; None to find that out.

    Returns: The script, a string. A training that was paused amid an epoch, rewound by a timeline, or whose learning rate was
    changed on the way is written down as what led to the present weights.

    Raises `ValueError` that says why, where the training cannot be repeated: no call of `fit` is known, or the weights
    were changed by something else.

    >>> from glassnet import Sequential, datasets
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
    described = runs[0].data.describe()
    loading = library_data(described) if data is None else _lines_of(data, described)
    own = loading is None
    code = [*(_own_data(described) if own else loading), ""]
    code += [*_network(model, runs[0].seeds), f"model.seed = {int(model.seed)}", ""]
    code += [*_statistics(model), *_compilation(model, runs), ""]
    for run in runs:
        code += _fit(run, run is runs[0] or rate_changes(runs))
    code += ["", *_comparison(model)]
    lines = [f'"""{_docstring(model, own, described)}"""', "", "import hashlib"]
    lines += ["import sys"] * own + [""]
    lines += ["import numpy as np", ""] * any("np." in line for line in code)
    used = [name for name in (*MODULES, "datasets", "preprocessing") if any(f"{name}." in line for line in code)]
    lines += [f"from glassnet import Sequential, {', '.join(sorted(used))}", ""]
    return "\n".join([*lines, *code, ""])


def _lines_of(data, described):
    """The lines that load `PointData`, if they are what the model was trained on."""
    arrays = dict(zip(("x", "y", "x_val", "y_val"), (array for part in data.load() for array in part), strict=True))
    if any(checksum(arrays[name]) != described[name]["sha256"] for name in described if name in arrays):
        raise ValueError("Expected the points that the model was trained on. Received: others.")
    return data.lines()


# -- parts of the script ---------------------------------------------------------------------------------------------------


def _docstring(model, own, data):
    """The first lines of the script. Names are the user's, and must not end the string."""
    lines = ["Builds a glassnet model anew and trains it as it was trained: to the same bits."]
    if own:
        lines += ["", "Call: python script.py data.npz, a file with the arrays " + ", ".join(data) + "."]
    callbacks = sorted({name for run in model.training_runs for name in run.callbacks if str(name).isidentifier()})
    if callbacks:
        lines += ["", f"The training was watched by callbacks that are not repeated here: {', '.join(callbacks)}."]
    return "\n".join(lines + [""] * (len(lines) > 1))


def _own_data(data):
    shapes = ", ".join(f"{name} {tuple(about['shape'])}" for name, about in data.items())
    return [
        "if len(sys.argv) != 2:",
        f"    sys.exit({f'Expected the path of an .npz file with {shapes}.'!r})",
        "with np.load(sys.argv[1]) as file:",
        *(f"    {name} = file[{name!r}]" for name in data),
    ]


def _network(model, seeds):
    config = seeded(model, seeds)
    lines = ["model = Sequential(", "    ["]
    lines += [f"        {line}" for layer in config["layers"] for line in _lines(layer)]
    lines += ["    ],", f"    name={config['name']!r},", ")"]
    if model._layers[0] is model.layers[0]:  # no Input layer
        lines.append(f"model.build({(None, *model.input_shape[1:])!r})")
    return lines


def _statistics(model):
    """What layers such as Normalization were told about the data."""
    lines = []
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            lines.append(f"model.get_layer({layer.name!r}).set_weights(")
            arrays = [f"np.array({w.tolist()!r}, {w.dtype.name!r})" for w in layer.get_weights()]
            lines += [f"    [{', '.join(arrays)}]", ")"]
    return lines


def _compilation(model, runs):
    config = copy.deepcopy(model.get_compile_config())
    changes, rate = rate_changes(runs), runs[0].learning_rate
    if changes:
        boundaries, rates = [step - 1 for step, _ in changes[1:]], [value for _, value in changes]
        rate = schedules.serialize(schedules.PiecewiseConstantDecay(boundaries, rates))
    if rate is not None:
        config["optimizer"]["config"]["learning_rate"] = rate
    lines = ["model.compile("]
    lines += [f"    optimizer={_object(config['optimizer'], 'optimizers')},", f"    loss={_object(config['loss'], 'losses')},"]
    for group in ("metrics", "weighted_metrics"):
        if config[group]:
            lines.append(f"    {group}=[{', '.join(_object(metric, 'metrics') for metric in config[group])}],")
    return [*lines, ")"]


def _fit(run, rate_is_set):
    lines, data = [], run.data.describe()
    if not rate_is_set and run.learning_rate is not None:
        lines.append(f"model.optimizer.learning_rate = {run.learning_rate!r}")
    given = {name: run.arguments[name] for name, usual in FIT_DEFAULTS.items() if run.arguments[name] != usual}
    if "class_weight" in given:
        given["class_weight"] = dict(map(tuple, given["class_weight"]))
    ending = ["sample_weight=sample_weight"] * ("sample_weight" in data)
    validation = [name for name in ("x_val", "y_val", "sample_weight_val") if name in data]
    ending += [f"validation_data=({', '.join(validation)})"] * bool(validation)
    begin = run.arguments["initial_epoch"]
    epochs, steps = divmod(run.done, run.steps_per_epoch)
    calls = [{"epochs": begin + epochs, **given}] if epochs or not steps else []
    if steps:  # of an epoch that was begun
        calls.append({**given, "epochs": begin + epochs + 1, "initial_epoch": begin + epochs, "steps_per_epoch": steps})
    for call in calls:
        call = {"batch_size": run.arguments["batch_size"], **{k: v for k, v in call.items() if FIT_DEFAULTS.get(k, ...) != v}}
        lines.append(f"model.fit({', '.join(['x, y', *(f'{name}={value!r}' for name, value in call.items()), *ending])})")
    return lines


def _comparison(model):
    return [
        "found = hashlib.sha256(model.params.array.data).hexdigest()",
        f"same = found == {checksum(model.params.array)!r}",
        'print("The same weights, bit for bit." if same else "Other weights: other data, versions or another processor?")',
        "raise SystemExit(not same)",
    ]


# -- configurations as calls -----------------------------------------------------------------------------------------------


def _object(config, module):
    """A `{"class_name", "config"}` as the call that makes the object."""
    if not isinstance(config, dict):
        return repr(config)
    name, arguments = _call(config, module)
    return f"{name}({', '.join(arguments)})"


def _call(config, module):
    """The function to call and its arguments; what is as by default is left out."""
    cls, settings = getattr(MODULES[module], config["class_name"], None), config["config"]
    if cls is None:
        raise ValueError(f"Expected classes of glassnet. Received: {config['class_name']!r}, which a script cannot import.")
    if cls is layers.InputLayer:
        settings, cls = {**settings, "shape": tuple(settings["shape"])}, layers.Input
        settings.pop("trainable")
    arguments = [f"{name}={_value(value)}" for name, value in settings.items() if not _is_default(cls, name, value)]
    return f"{module}.{cls.__name__}", arguments


def _lines(layer):
    """A layer as a line of the list of layers; as several where it is long."""
    line = _object(layer, "layers") + ","
    if len(line) <= WIDTH:
        return [line]
    name, arguments = _call(layer, "layers")
    return [f"{name}(", *(f"    {argument}," for argument in arguments), "),"]


def _value(value):
    if isinstance(value, dict) and "class_name" in value:
        return _object(value, next((name for name, module in MODULES.items() if hasattr(module, value["class_name"])), "layers"))
    return repr(value)


def _is_default(cls, name, value):
    if (name, value) == ("dtype", "float32"):
        return True
    for base in getattr(cls, "__mro__", ()):
        parameter = inspect.signature(base.__init__).parameters.get(name)
        if parameter is not None:
            default = parameter.default
            if isinstance(default, str) and isinstance(value, dict):  # "zeros", whose configuration is empty
                return value == {"class_name": value["class_name"], "config": {}} and snake_case(value["class_name"]) == default
            return type(default) is type(value) and default == value
    return False
