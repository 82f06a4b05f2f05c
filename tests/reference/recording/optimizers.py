"""Optimizers: two variables after 1, 2, 3 and 12 steps along a fixed sequence of gradients."""

import keras
import numpy as np
import torch

from .precision import in_each_precision

STEPS = 12
SHOWN = (1, 2, 3, STEPS)
_random = np.random.default_rng(7)
START = {"kernel": _random.normal(size=(3, 2)).round(3), "bias": _random.normal(size=2).round(3)}
GRADIENTS = {
    "kernel": _random.normal(size=(STEPS, 3, 2)).round(3),
    "bias": (3 * _random.normal(size=(STEPS, 2))).round(3),
}
GRADIENTS["kernel"][:, 2, 1] = 0  # a weight that never gets a gradient
GRADIENTS["bias"][3:6] = 0  # and some that get none for a while

SCHEDULE = {
    "class": "ExponentialDecay",
    "arguments": {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5},
}
# Every optimizer is recorded with its defaults, with each of these, and with its own variants.
COMMON = {
    "learning_rate": {"learning_rate": 0.1},
    "schedule": {"learning_rate": SCHEDULE},
    "weight_decay": {"learning_rate": 0.1, "weight_decay": 0.05},
    "clipnorm": {"learning_rate": 0.1, "clipnorm": 0.7},
    "global_clipnorm": {"learning_rate": 0.1, "global_clipnorm": 0.7},
    "clipvalue": {"learning_rate": 0.1, "clipvalue": 0.4},
    "use_ema": {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8},
    "use_ema_overwrite": {
        "learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3
    },
    "gradient_accumulation": {"learning_rate": 0.1, "gradient_accumulation_steps": 3},
    "gradient_accumulation_clipnorm_weight_decay": {
        "learning_rate": 0.1, "gradient_accumulation_steps": 3, "clipnorm": 0.7, "weight_decay": 0.05
    },
}  # fmt: skip
OWN = {
    "SGD": {
        "momentum": {"learning_rate": 0.1, "momentum": 0.9},
        "nesterov": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        "nesterov_clipnorm_weight_decay": {
            "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "clipnorm": 0.7, "weight_decay": 0.05
        },
    },
    "Adagrad": {"initial_accumulator_value": {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 1e-3}},
    "Adadelta": {"rho": {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-4}},
    "RMSprop": {
        "centered": {"learning_rate": 0.1, "centered": True},
        "momentum": {"learning_rate": 0.1, "momentum": 0.9},
        "centered_momentum": {"learning_rate": 0.1, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3, "centered": True},
    },
    "Adam": {
        "amsgrad": {"learning_rate": 0.1, "beta_2": 0.9, "amsgrad": True},
        "betas": {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3},
    },
    "AdamW": {"amsgrad": {"learning_rate": 0.1, "weight_decay": 0.1, "beta_2": 0.9, "amsgrad": True}},
    "Adamax": {"betas": {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}},
    "Nadam": {"betas": {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}},
    "Lion": {"betas": {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95}},
    "Ftrl": {
        "l1_l2": {"learning_rate": 0.1, "l1_regularization_strength": 0.05, "l2_regularization_strength": 0.02},
        "power_beta_shrinkage": {
            "learning_rate": 0.1, "learning_rate_power": -0.7, "initial_accumulator_value": 0.3,
            "l2_shrinkage_regularization_strength": 0.03, "beta": 0.2,
        },
    },
}  # fmt: skip
# PyTorch's rule is the same in these; elsewhere epsilon or the start of a slot is placed differently.
TORCH = {
    "SGD/learning_rate": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD/momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD/nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adadelta/rho": lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.8, eps=1e-4),
}


def record():
    cases = {}
    for class_name, own in OWN.items():
        for variant, arguments in {"defaults": {}, **COMMON, **own}.items():
            name = f"{class_name}/{variant}"
            values = in_each_precision(lambda dtype, c=class_name, a=arguments: run(c, a, dtype))
            if name in TORCH:
                compare_with_torch(name, values["float64"])
            cases[name] = {"class": class_name, "arguments": arguments, **values}
    return {"start": START, "gradients": GRADIENTS, "steps": SHOWN, "cases": cases}


def run(class_name, arguments, dtype):
    """The variables after each of SHOWN steps, stacked; with `use_ema` also after `finalize_variable_values`."""
    arguments = dict(arguments)
    if isinstance(arguments.get("learning_rate"), dict):
        schedule = getattr(keras.optimizers.schedules, SCHEDULE["class"])
        arguments["learning_rate"] = schedule(**SCHEDULE["arguments"])
    optimizer = getattr(keras.optimizers, class_name)(**arguments)
    variables = {name: keras.Variable(value, dtype=dtype, name=name) for name, value in START.items()}
    shown = {name: [] for name in variables}
    for step in range(1, STEPS + 1):
        gradients = [keras.ops.convert_to_tensor(GRADIENTS[name][step - 1], dtype=dtype) for name in variables]
        optimizer.apply_gradients(zip(gradients, variables.values(), strict=True))
        if step in SHOWN:
            for name, variable in variables.items():
                shown[name].append(variable.numpy())
    values = {name: np.stack(rows) for name, rows in shown.items()}
    values["iterations"] = int(optimizer.iterations)
    if optimizer.use_ema:
        optimizer.finalize_variable_values(list(variables.values()))
        values["finalized"] = {name: variable.numpy() for name, variable in variables.items()}
    return values


def compare_with_torch(name, values):
    variables = {key: torch.tensor(value, requires_grad=True) for key, value in START.items()}
    optimizer = TORCH[name](list(variables.values()))
    for step in range(1, STEPS + 1):
        for key, variable in variables.items():
            variable.grad = torch.tensor(GRADIENTS[key][step - 1])
        optimizer.step()
    for key, variable in variables.items():
        np.testing.assert_allclose(values[key][-1], variable.detach(), rtol=1e-12, err_msg=name)
