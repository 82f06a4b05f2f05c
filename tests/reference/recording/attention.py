"""Multi-head attention: outputs, attention, and the gradients of `sum(outputs * directions)` by the inputs and the weights."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .precision import precision


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).round(3)


INPUTS = {"query": _normal(1, 2, 3, 4), "value": _normal(2, 2, 5, 6), "key": _normal(3, 2, 5, 2), "itself": _normal(4, 2, 4, 6)}
ITSELF = ("itself", "itself")
CASES = [
    ({"num_heads": 2, "key_dim": 3}, ITSELF, {}),
    ({"num_heads": 2, "key_dim": 3}, ITSELF, {"use_causal_mask": True}),
    ({"num_heads": 1, "key_dim": 4, "use_bias": False}, ITSELF, {}),
    ({"num_heads": 3, "key_dim": 2, "value_dim": 5}, ("query", "value"), {}),
    ({"num_heads": 3, "key_dim": 2, "value_dim": 5}, ("query", "value"), {"use_causal_mask": True}),
    ({"num_heads": 2, "key_dim": 3, "value_dim": 1, "output_shape": 7}, ("query", "value", "key"), {}),
]


def record():
    cases = {}
    for number, (arguments, inputs, call) in enumerate(CASES):
        with precision("float64"):
            cases[f"MultiHeadAttention/{number}"] = {
                "class": "MultiHeadAttention",
                "arguments": arguments,
                "inputs": list(inputs),
                "call": call,
                **run(arguments, inputs, call),
            }
    return {"inputs": INPUTS, "cases": cases}


def run(arguments, inputs, call):
    layer = keras.layers.MultiHeadAttention(**arguments)
    given = [jnp.asarray(INPUTS[name]) for name in inputs]
    layer(*given, return_attention_scores=True)  # builds it, on the path that takes values of another size than the keys
    weights = [_normal(10 + number, *variable.shape) for number, variable in enumerate(layer.weights)]
    names = [variable.path.split("/", 1)[1] for variable in layer.weights]
    layer.set_weights(weights)

    def apply(weights, given):
        fixed = [variable.value for variable in layer.non_trainable_variables]
        (outputs, attention), _ = layer.stateless_call(weights, fixed, *given, return_attention_scores=True, **call)
        return outputs, attention

    (outputs, attention), pullback = jax.vjp(apply, [jnp.asarray(w) for w in weights], given)
    directions = jnp.asarray(_normal(30, *outputs.shape))
    by_weights, by_inputs = pullback((directions, jnp.zeros_like(attention)))
    return {
        "weights": dict(zip(names, weights, strict=True)),
        "float64": {
            "outputs": outputs,
            "attention": attention,
            "directions": directions,
            "gradients": {"inputs": list(by_inputs), "weights": dict(zip(names, by_weights, strict=True))},
        },
    }
