"""`fit`, `evaluate` and `predict` of the recorded networks: history, weights, with the rows in order."""

import keras
import numpy as np

from .networks import HEIGHT, NETWORKS, PLANE, build
from .precision import in_each_precision

EPOCHS = 3
SGD = {"class": "SGD", "arguments": {"learning_rate": 0.3}}
ADAM = {"class": "Adam", "arguments": {"learning_rate": 0.02}}
WEIGHTS_16 = np.linspace(0.25, 2, 16)
WEIGHTS_10 = np.array([1, 0.5, 2, 0, 1.5, 0.75, 1, 3, 0.25, 1])
ACCURACY = {"metrics": ["accuracy"]}
# case: network, optimizer, arguments of compile, arguments of fit beside epochs=3, shuffle=False
FITS = {
    "parity": ("parity_8-1", SGD, ACCURACY, {"batch_size": 5}),
    "parity_default_batch": ("parity_8-1", SGD, ACCURACY, {}),
    "parity_class_weight": ("parity_8-1", SGD, ACCURACY, {"batch_size": 5, "class_weight": {0: 0.5, 1: 2.0}}),
    "parity_sample_weight": (
        "parity_8-1", SGD, {**ACCURACY, "weighted_metrics": ["binary_accuracy"]},
        {"batch_size": 5, "sample_weight": WEIGHTS_16},
    ),
    "parity_validation_split": ("parity_8-1", ADAM, ACCURACY, {"batch_size": 5, "validation_split": 0.25}),
    "parity_sample_weight_validation_split": (
        "parity_8-1", ADAM, ACCURACY, {"batch_size": 5, "validation_split": 0.3, "sample_weight": WEIGHTS_16}
    ),
    "plane": ("plane_2-4-2-1", ADAM, {"metrics": ["mae", "mse"]}, {"batch_size": 4}),
    "plane_validation_data": (
        "plane_2-4-2-1", SGD, {"metrics": ["mae"]}, {"batch_size": 4, "validation_data": [PLANE[:3] / 2, HEIGHT[:3]]}
    ),
    "plane_weighted_validation_data": (
        "plane_2-4-2-1", SGD, {"weighted_metrics": ["mae"]},
        {"batch_size": 4, "validation_data": [PLANE[:3] / 2, HEIGHT[:3], WEIGHTS_10[:3]], "validation_batch_size": 2},
    ),
    "classes": ("classes_5-4-3", ADAM, {"metrics": ["acc", "categorical_crossentropy"]}, {"batch_size": 4}),
    "classes_loss_crossentropy": ("classes_5-4-3_sparse", ADAM, {**ACCURACY, "loss": "crossentropy"}, {}),
    "classes_class_weight": (
        "classes_5-4-3", SGD, ACCURACY, {"batch_size": 4, "class_weight": {0: 1.0, 1: 0.5, 2: 3.0}}
    ),
    "classes_sparse": ("classes_5-4-3_sparse", SGD, ACCURACY, {"batch_size": 4}),
    "classes_sparse_class_weight": (
        "classes_5-4-3_sparse", SGD, ACCURACY, {"batch_size": 4, "class_weight": {0: 1.0, 1: 0.5, 2: 3.0}}
    ),
    "classes_sparse_weights": (
        "classes_5-4-3_sparse", ADAM, {**ACCURACY, "weighted_metrics": ["accuracy"]},
        {"batch_size": 4, "sample_weight": WEIGHTS_10, "validation_split": 0.3},
    ),
    "classes_regularized": (
        "classes_5-4-3_regularized", ADAM, ACCURACY, {"batch_size": 4, "validation_split": 0.2}
    ),
    "classes_regularized_sample_weight": (
        "classes_5-4-3_regularized", SGD, ACCURACY, {"batch_size": 4, "sample_weight": WEIGHTS_10}
    ),
}  # fmt: skip


def record():
    cases = {}
    for name, (network, optimizer, compiled, fitted) in FITS.items():
        values = in_each_precision(lambda dtype, case=FITS[name]: run(*case, dtype))
        cases[name] = {"network": network, "optimizer": optimizer, "compile": compiled, "fit": fitted, **values}
    return {"epochs": EPOCHS, "cases": cases}


def run(name, optimizer, compiled, fitted, dtype):
    network = NETWORKS[name]
    x, y = network["x"], network["y"]
    model = build(network, dtype)
    made = getattr(keras.optimizers, optimizer["class"])(**optimizer["arguments"])
    model.compile(optimizer=made, **{"loss": network["loss"], **compiled})
    history = model.fit(x, y, epochs=EPOCHS, shuffle=False, verbose=0, **fitted)
    evaluated = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    weights = fitted.get("sample_weight")
    weighted = model.evaluate(x, y, batch_size=4, sample_weight=weights, verbose=0, return_dict=True)
    return {
        "history": {key: [float(value) for value in values] for key, values in history.history.items()},
        "weights": model.get_weights(),
        "iterations": int(made.iterations),
        "evaluate": {key: float(value) for key, value in evaluated.items()},
        **({} if weights is None else {"evaluate_weighted": {key: float(value) for key, value in weighted.items()}}),
        "predict": model.predict(x, batch_size=4, verbose=0),
    }
