"""Graphs of layers: merges, shared layers, several inputs and outputs; outputs, logs, gradients, three steps of training."""

import jax
import keras
import numpy as np

from .precision import in_each_precision


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).round(3)


def _inputs(**shapes):
    return {name: _normal(number, 6, *shape) for number, (name, shape) in enumerate(shapes.items(), 1)}


DENSE = ("Dense", {"units": 3, "activation": "tanh"})


def _merge(kind, shapes, arguments=None):
    """Inputs merged, flattened and weighed by a Dense layer of one unit, behind which the loss is."""
    x = _inputs(**{f"x{number}": shape for number, shape in enumerate(shapes)})
    calls = [
        ("merged", kind, arguments or {}, list(x)),
        ("flat", "Flatten", {}, ["merged"]),
        ("end", "Dense", {"units": 1}, ["flat"]),
    ]
    return {"x": x, "calls": calls, "outputs": ["end"], "y": {"end": _normal(9, 6, 1)}, "loss": ["mean_squared_error"]}


def _padded(kind, lengths, arguments=None, masked=2):
    """Sequences that end in padding, of which the first so many are masked, merged and read."""
    x = _inputs(**{f"x{number}": (steps, 3) for number, steps in enumerate(lengths)})
    for number, array in enumerate(x.values()):
        for example in range(6):
            array[example, 1 + (example * (number + 2)) % 4 :] = 0
    masks = [(f"m{number}", "Masking", {}, [name]) for number, name in enumerate(x) if number < masked]
    read = [f"m{number}" if number < masked else name for number, name in enumerate(x)]
    calls = [*masks, ("merged", kind, arguments or {}, read), ("end", "GRU", {"units": 2}, ["merged"])]
    return {"x": x, "calls": calls, "outputs": ["end"], "y": {"end": _normal(9, 6, 2)}, "loss": ["mean_squared_error"]}


TWO = {
    "x": _inputs(left=(3,), right=(2,)),
    "calls": [
        ("both", "Concatenate", {}, ["left", "right"]),
        ("hidden", *DENSE, ["both"]),
        ("short", "Dense", {"units": 3}, ["both"]),
        ("sum", "Add", {}, ["hidden", "short"]),
        ("total", "Dense", {"units": 1}, ["hidden"]),
        ("kind", "Dense", {"units": 4, "activation": "softmax"}, ["sum"]),
    ],
    "outputs": ["total", "kind"],
    "y": {"total": _normal(5, 6, 1), "kind": np.array([0.0, 3, 1, 2, 2, 0])},
    "loss": ["mean_squared_error", "sparse_categorical_crossentropy"],
}
CASES = {
    **{kind: _merge(kind, [(4,), (4,)]) for kind in ("Add", "Subtract", "Multiply", "Average")},
    **{kind: _merge(kind, [(4,), (4,)]) for kind in ("Maximum", "Minimum", "Concatenate")},
    "Add/three": _merge("Add", [(2, 3)] * 3),
    "Average/three": _merge("Average", [(3,)] * 3),
    "Multiply/broadcast": _merge("Multiply", [(2, 1, 3), (1, 4, 3)]),
    "Maximum/broadcast": _merge("Maximum", [(2, 3), (1, 3)]),
    "Subtract/ranks": _merge("Subtract", [(2, 3), (3,)]),
    "Concatenate/axis": _merge("Concatenate", [(2, 3), (4, 3)], {"axis": 1}),
    "Dot": _merge("Dot", [(4,), (4,)], {"axes": 1}),
    "Dot/normalized": _merge("Dot", [(4,), (4,)], {"axes": 1, "normalize": True}),
    "Dot/matrices": _merge("Dot", [(2, 3), (4, 3)], {"axes": [2, 2]}),
    "Dot/across": _merge("Dot", [(3, 2), (4, 3)], {"axes": [1, 2]}),
    "Add/masks": _padded("Add", [4, 4, 4], masked=3),
    "Average/one mask": _padded("Average", [4, 4], masked=1),
    "Concatenate/masks": _padded("Concatenate", [4, 4]),
    "Concatenate/one mask": _padded("Concatenate", [4, 4], masked=1),
    "Concatenate/masked steps": _padded("Concatenate", [4, 5], {"axis": 1}),
    "Concatenate/masked steps behind": _padded("Concatenate", [4, 5], {"axis": 1}, masked=1),
    "two inputs and outputs": TWO,
    "loss weights and metrics": {**TWO, "loss_weights": [0.5, 2.0], "metrics": [["mae"], ["accuracy"]]},
    "shared": {
        "x": _inputs(a=(3,), b=(3,)),
        "calls": [
            ("s", *DENSE, ["a"]), ("s:1", *DENSE, ["b"]), ("s:2", *DENSE, ["s"]),
            ("far", "Subtract", {}, ["s:2", "s:1"]), ("end", "Dense", {"units": 1, "activation": "sigmoid"}, ["far"]),
        ],
        "outputs": ["end"], "y": {"end": np.array([[0.0], [1], [1], [0], [1], [0]])}, "loss": ["binary_crossentropy"],
        "metrics": ["accuracy"],
    },
}  # fmt: skip


def record():
    cases = {}
    for name, case in CASES.items():
        case = {"loss_weights": None, "metrics": None, **case}
        if len(case["outputs"]) == 1:
            case["loss"] = case["loss"][0]
        model = build(case, "float64")
        case["weights"] = [_normal(20 + number, *weight.shape) for number, weight in enumerate(model.get_weights())]
        case["layers"] = [layer.name for layer in model.layers]
        cases[name] = {**case, **in_each_precision(lambda dtype, case=case: run(case, dtype))}
    return {"cases": cases}


def build(case, dtype):
    tensors = {name: keras.Input(array.shape[1:], name=name) for name, array in case["x"].items()}
    inputs, made = list(tensors.values()), {}
    for name, kind, arguments, sources in case["calls"]:
        key = name.partition(":")[0]
        if key not in made:
            made[key] = getattr(keras.layers, kind)(**arguments, name=key)
        given = [tensors[source] for source in sources]
        tensors[name] = made[key](given[0] if len(given) == 1 else given)
    outputs = [tensors[name] for name in case["outputs"]]
    model = keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0])
    if "weights" in case:
        model.set_weights([weight.astype(dtype) for weight in case["weights"]])
    return model


def run(case, dtype):
    x, y = ([array.astype(dtype) for array in case[part].values()] for part in "xy")
    model = build(case, dtype)
    losses = [keras.losses.get(loss) for loss in ([case["loss"]] if len(y) == 1 else case["loss"])]

    def total(weights):
        outputs, _ = model.stateless_call(weights, kept, x)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        parts = zip(case["loss_weights"] or [1.0] * len(y), losses, y, outputs, strict=True)
        return sum(factor * loss(target, output).mean() for factor, loss, target, output in parts), outputs

    weights, kept = ([v.value for v in some] for some in (model.trainable_variables, model.non_trainable_variables))
    (_, predicted), gradients = jax.value_and_grad(total, has_aux=True)(weights)
    model.compile(keras.optimizers.SGD(0.01), case["loss"], loss_weights=case["loss_weights"], metrics=case["metrics"])
    given = (x if len(x) > 1 else x[0]), (y if len(y) > 1 else y[0])
    evaluated = model.evaluate(*given, verbose=0, return_dict=True)
    history = model.fit(*given, batch_size=6, epochs=3, shuffle=False, verbose=0).history["loss"]
    return {
        "predicted": predicted,
        "gradients": gradients,
        "evaluated": {name: float(value) for name, value in evaluated.items()},
        "losses": [float(value) for value in history],
        "trained": model.get_weights(),
    }
