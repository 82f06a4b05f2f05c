"""Learning rate schedules at many steps."""

import keras
import numpy as np

from .precision import in_each_precision

STEPS = (0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 15, 19, 20, 21, 25, 29, 30, 31, 40, 50, 70, 99, 100, 101, 150, 1000)
RATE = {"initial_learning_rate": 0.1}
CASES = [
    ("ExponentialDecay", {**RATE, "decay_steps": 10, "decay_rate": 0.96}),
    ("ExponentialDecay", {**RATE, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [1.0, 0.5, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [10], "values": [0.1, 0.01]}),
    ("PolynomialDecay", {**RATE, "decay_steps": 20}),
    ("PolynomialDecay", {**RATE, "decay_steps": 20, "end_learning_rate": 0.01, "power": 0.5}),
    ("PolynomialDecay", {**RATE, "decay_steps": 20, "end_learning_rate": 0.01, "power": 2.0, "cycle": True}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 10, "decay_rate": 0.5}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("CosineDecay", {**RATE, "decay_steps": 30}),
    ("CosineDecay", {**RATE, "decay_steps": 30, "alpha": 0.1}),
    ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 30, "warmup_target": 0.2, "warmup_steps": 10}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.05, "decay_steps": 30, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 10},
    ),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 10}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 10, "t_mul": 1.0, "m_mul": 0.5, "alpha": 0.1}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 7, "t_mul": 3.0, "m_mul": 0.9}),
]


def record():
    cases = {}
    for number, (class_name, arguments) in enumerate(CASES):
        values = in_each_precision(lambda dtype, c=class_name, a=arguments: run(c, a, dtype))
        cases[f"{class_name}/{number}"] = {"class": class_name, "arguments": arguments, **values}
    return {"steps": STEPS, "cases": cases}


def run(class_name, arguments, dtype):
    schedule = getattr(keras.optimizers.schedules, class_name)(**arguments)
    return np.array([schedule(step) for step in STEPS], dtype)
