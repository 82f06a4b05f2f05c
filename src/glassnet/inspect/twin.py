"""A second model like a first one: the same layers and weights, and perhaps another optimizer."""

import random
from dataclasses import replace

from glassnet.inspect.snapshot import constant_rate, frozen
from glassnet.layers.layer_weights import weights_from_file
from glassnet.models import clone_model
from glassnet.schedules import LearningRateSchedule


def twin(model):
    """A copy of a compiled model, to be put where it stands: its weights are 0. Loss and metrics are the same objects."""
    state = random.getstate()  # layers draw seeds before they are given theirs; the program's next draw stays the same
    try:
        with weights_from_file():
            copy = clone_model(model)
    finally:
        random.setstate(state)
    copy.seed, copy.preprocessing = model.seed, model.preprocessing
    _compile(copy, model, like(model.optimizer, model, copy))
    return copy


def fresh(optimizer, **changes):
    """A new optimizer with the arguments of another one but for `changes`, which has made no step yet."""
    arguments = optimizer.get_config()
    if isinstance(optimizer._rate, LearningRateSchedule):
        arguments["learning_rate"] = optimizer._rate  # get_config has it as plain data, which not every schedule can be
    return type(optimizer)(**{**arguments, **changes})


def like(optimizer, model, other, **changes):
    """A `fresh` optimizer for the model `other` that decays the same weights as the `optimizer` of `model`."""
    new = fresh(optimizer, **changes)
    undecayed = {variable.path for variable in model.params_variables if not optimizer.decays(variable)}
    if undecayed:
        new.exclude_from_weight_decay([variable for variable in other.params_variables if variable.path in undecayed])
    return new


def change_optimizer(model, snapshot, changes):
    """Gives a model that stands at a snapshot an optimizer with other settings; returns the `Snapshot` with it.

    What the new optimizer keeps under the same name (such as momenta) goes on, the rest begins anew.
    """
    optimizer = like(model.optimizer, model, model, **changes)
    _compile(model, model, optimizer)
    optimizer.build(model.params_variables)
    for name, values in optimizer.slots.items():
        if name in snapshot.slots and snapshot.slots[name].shape == values.shape:
            values[...] = snapshot.slots[name]
    snapshot = replace(snapshot, slots=frozen(optimizer.slots), learning_rate=constant_rate(optimizer))
    snapshot.put(model)
    return snapshot


def _compile(model, other, optimizer):
    """Compiles a model as another one of the same layers was: which of them are frozen is as it was then."""
    settings = other._settings().values()
    model.compile(optimizer, other.loss, other.loss_weights, metrics=other._metrics, weighted_metrics=other._weighted_metrics)
    model._compiled_settings = dict(zip(dict.fromkeys(model.every_layer()), settings, strict=True))
