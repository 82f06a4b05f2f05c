"""Recurrent layers: outputs and states, and the gradients of `sum(outputs * directions)` by inputs and weights; masked losses."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .precision import precision


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).round(2)


SEQUENCES = _normal(1, 3, 4, 2)
MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [1, 1, 1, 1]], bool)
NUMBERS = np.array([[1, 2, 0, 0], [3, 0, 1, 2], [4, 4, 1, 3]])
LABELS = np.array([[0, 1, 2, 0], [2, 2, 1, 1], [0, 0, 1, 2]])
UNITS = 3
CELLS = {
    "SimpleRNN": ("SimpleRNN", {}),
    "LSTM": ("LSTM", {}),
    "GRU": ("GRU", {}),
    "GRU/reset_before": ("GRU", {"reset_after": False}),
}
OPTIONS = {
    "last": {},
    "sequences": {"return_sequences": True},
    "states": {"return_sequences": True, "return_state": True},
    "backwards": {"return_sequences": True, "return_state": True, "go_backwards": True},
    "no_bias": {"use_bias": False},
    "activations": {"activation": "softsign", "return_sequences": True},
    "zero_output": {"return_sequences": True, "return_state": True, "zero_output_for_mask": True},
}
BIDIRECTIONAL = {
    "concat": ({"merge_mode": "concat"}, {"return_sequences": True}),
    "sum": ({"merge_mode": "sum"}, {}),
    "mul": ({"merge_mode": "mul"}, {"return_sequences": True}),
    "ave": ({"merge_mode": "ave"}, {}),
    "both": ({"merge_mode": None}, {"return_sequences": True, "return_state": True}),
}
REDUCTIONS = ("sum_over_batch_size", "sum", "mean_with_sample_weight")


def record():
    cases = {}
    with precision("float64"):
        for cell, (class_name, always) in CELLS.items():
            for option, arguments in OPTIONS.items():
                if option == "activations" and cell not in ("LSTM", "GRU"):  # each compiles kernels of its own
                    continue
                arguments = {"units": UNITS, **always, **arguments}
                if option == "activations":
                    arguments["recurrent_activation"] = "hard_sigmoid"
                for masked in (False, True):
                    name = f"{cell}/{option}" + ("/masked" if masked else "")
                    cases[name] = case(class_name, arguments, masked=masked)
            cases[f"{cell}/initial_state"] = case(class_name, {"units": UNITS, **always, "return_state": True}, state=True)
            cases[f"{cell}/initial_state/masked"] = case(class_name, {"units": UNITS, **always}, masked=True, state=True)
            cases[f"{cell}/stateful"] = stateful(class_name, {"units": UNITS, **always, "stateful": True})
        for merge, (arguments, inner) in BIDIRECTIONAL.items():
            for masked in (False, True):
                name = f"Bidirectional/{merge}" + ("/masked" if masked else "")
                cases[name] = case("Bidirectional", arguments, masked=masked, inner=("LSTM", {"units": 2, **inner}))
        cases["TimeDistributed/Dense"] = case("TimeDistributed", {}, inner=("Dense", {"units": 2, "activation": "tanh"}))
        cases["TimeDistributed/Reshape"] = case("TimeDistributed", {}, inner=("Reshape", {"target_shape": [2, 1]}))
        cases["Masking"] = case("Masking", {"mask_value": float(SEQUENCES[0, 0, 0])})
        for reduction in REDUCTIONS:
            for weights in (None, np.array([1.0, 0.5, 2.0])):
                name = f"loss/{reduction}" + ("" if weights is None else "/weighted")
                cases[name] = masked_loss(reduction, weights)
    shared = {"sequences": SEQUENCES, "mask": MASK, "numbers": NUMBERS, "labels": LABELS}
    return {**shared, "cases": cases}


def made(class_name, arguments, inner=None):
    if inner is not None:
        arguments = {"layer": getattr(keras.layers, inner[0])(**inner[1]), **arguments}
    return getattr(keras.layers, class_name)(**arguments)


def filled(layer):
    """Weights for a layer that is built: numbers that look drawn."""
    weights = [_normal(40 + n, *w.shape) for n, w in enumerate(layer.trainable_variables)]
    for variable, value in zip(layer.trainable_variables, weights, strict=True):
        variable.assign(value)
    return weights


def case(class_name, arguments, masked=False, state=False, inner=None):
    layer = made(class_name, arguments, inner)
    layer.build(SEQUENCES.shape)
    weights = filled(layer)
    call = {"mask": jnp.asarray(MASK)} if masked else {}
    states = [_normal(60 + n, 3, UNITS) for n in range(2 if class_name == "LSTM" else 1)] if state else []

    def apply(given, inputs, states):
        fixed = [variable.value for variable in layer.non_trainable_variables]
        more = {"initial_state": states} if states else {}
        outputs, _ = layer.stateless_call(given, fixed, inputs, **call, **more)
        return list(outputs) if isinstance(outputs, list | tuple) else [outputs]

    given = [variable.value for variable in layer.trainable_variables]
    outputs, pullback = jax.vjp(apply, given, jnp.asarray(SEQUENCES), [jnp.asarray(s) for s in states])
    directions = [jnp.asarray(_normal(80 + n, *output.shape)) for n, output in enumerate(outputs)]
    by_weights, by_inputs, by_states = pullback(directions)
    return {
        "class": class_name,
        "arguments": arguments,
        "inner": list(inner) if inner else None,
        "masked": masked,
        "weights": weights,
        "states": states,
        "outputs": outputs,
        "directions": directions,
        "by_weights": by_weights,
        "by_inputs": by_inputs,
        "by_states": by_states,
    }


def stateful(class_name, arguments):
    layer = made(class_name, arguments)
    layer.build(SEQUENCES.shape)
    weights = filled(layer)
    first, second = layer(SEQUENCES), layer(SEQUENCES[::-1].copy())
    layer.reset_state()
    return {"class": class_name, "arguments": arguments, "weights": weights, "batches": [first, second, layer(SEQUENCES)]}


def masked_loss(reduction, sample_weight):
    """The loss of a network with padding, and its gradients by the weights."""
    model = keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Embedding(5, 2, mask_zero=True),
            keras.layers.GRU(UNITS, return_sequences=True),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    weights = filled(model)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(reduction=reduction))

    def loss(given):
        fixed = [variable.value for variable in model.non_trainable_variables]
        outputs, _ = model.stateless_call(given, fixed, jnp.asarray(NUMBERS))
        weight = None if sample_weight is None else jnp.asarray(sample_weight)[:, None]  # as wide as the mask
        return model.compute_loss(None, jnp.asarray(LABELS), outputs, weight)

    value, gradients = jax.value_and_grad(loss)([variable.value for variable in model.trainable_variables])
    entries = {"reduction": reduction, "sample_weight": sample_weight, "weights": weights}
    return {**entries, "loss": value, "gradients": gradients}
