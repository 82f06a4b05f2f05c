"""How a model was compiled, as lines of Python: which layers are frozen, then the call of `compile`."""

from glassnet import schedules
from glassnet.inspect.configured_call import expression
from glassnet.inspect.lineage import rate_changes
from glassnet.models import Model


def compilation_lines(model, compiled, runs, goes_on=False):
    """The lines that freeze and thaw layers and compile a model as it was compiled. The model is frozen and compiled by it, too.

    Arguments:
        model: The model as it is where the lines come.
        compiled: What `compilation_of` gave.
        runs: The `TrainingRun`s up to the next compilation, whose learning rates the optimizer is given.
        goes_on: Whether the optimizer is the one that the model was compiled with before.

    Raises `ValueError` for a class that no program can import.

    >>> from glassnet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3, name="body"), layers.Dense(1, name="head")])
    >>> sgd, mse = {"class_name": "SGD", "config": {}}, {"class_name": "MeanSquaredError", "config": {}}
    >>> compiled = {"optimizer": sgd, "loss": mse, "layers": {"body": [False, 1.0]}}
    >>> print("\\n".join(compilation_lines(model, compiled, [])))
    model.get_layer('body').trainable = False
    model.compile(
        optimizer=optimizers.SGD(name='sgd'),
        loss=losses.MeanSquaredError(),
    )
    """
    settings = compiled.get("layers", {})
    lines = [*_frozen(model, "model", settings), *_multiplied(model, settings)]
    model.compile_from_config(compiled)
    config = model.get_compile_config()
    rate, changes = runs[0].learning_rate if runs else None, rate_changes(runs)
    if changes:
        boundaries, rates = [step - 1 for step, _ in changes[1:]], [value for _, value in changes]
        rate = schedules.serialize(schedules.PiecewiseConstantDecay(boundaries, rates))
    if rate is not None:
        config["optimizer"]["config"]["learning_rate"] = rate
    optimizer = "model.optimizer" if goes_on else expression(config["optimizer"], "optimizers")
    lines += ["model.compile(", f"    optimizer={optimizer},"]
    lines.append(f"    loss={expression(config['loss'], 'losses')},")
    if "loss_weights" in config:
        lines.append(f"    loss_weights={config['loss_weights']!r},")
    for group in ("metrics", "weighted_metrics"):
        if any(config[group]):
            lines.append(f"    {group}={expression(config[group], 'metrics')},")
    return [*lines, ")"]


def layers_in(layer, place):
    """Every layer within a model or layer, and the Python that finds it there: `(layer, Python)`."""
    for part, found in _parts(layer, place):
        yield part, found
        yield from layers_in(part, found)


def _parts(layer, place):
    for number, part in enumerate(layer.sublayers):
        yield part, f"{place}.get_layer({part.name!r})" if isinstance(layer, Model) else f"{place}.sublayers[{number}]"


def _frozen(layer, place, settings):
    """The lines that freeze or thaw a layer and what it is made of: one line, where all of it is to be the same."""
    family = [part for part in (layer, *(part for part, _ in layers_in(layer, place))) if not isinstance(part, Model)]
    wanted = {part: bool(settings.get(part.name, (True, 1))[0]) for part in family}
    if all(part.trainable == trained for part, trained in wanted.items()):
        return []
    lines, alike = [], len(set(wanted.values())) == 1
    if alike or (layer in wanted and layer.trainable != wanted[layer]):
        layer.trainable = trained = wanted[family[0]]  # and with it what it is made of
        lines.append(f"{place}.trainable = {trained}")
    return lines + [line for part, found in _parts(layer, place) for line in _frozen(part, found, settings)]


def _multiplied(model, settings):
    """The lines that give layers a learning rate of their own, or take it from them."""
    lines = []
    for layer, place in layers_in(model, "model"):
        factor = float(settings.get(layer.name, (True, 1))[1])
        if layer.learning_rate_multiplier != factor:
            layer.learning_rate_multiplier = factor
            lines.append(f"{place}.learning_rate_multiplier = {factor!r}")
    return lines
