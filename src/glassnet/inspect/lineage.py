"""What led to a model's present weights: its calls of `fit`, with pauses and rewinds taken out."""

from glassnet import layers
from glassnet.models import Functional, Sequential
from glassnet.training_run import TrainingRun, checksum, compilation_of

DECISIVE = ("batch_size", "validation_split", "shuffle", "class_weight")
"""The arguments of `fit`, besides data and the number of steps, that its steps follow from."""


def checked_runs(model):
    """The `TrainingRun`s that, made one after the other, end with the present weights: at least one.

    A run that went on where another had been left, amid an epoch or between two, is one with it.

    Raises `ValueError` that says why, where calls of `fit` alone do not lead there.
    """
    runs, name = model.training_runs, f"Model '{model.name}'"
    if not isinstance(model, Sequential | Functional):
        raise ValueError(
            f"Expected a Sequential model or Model(inputs, outputs). Received: {type(model).__name__} '{model.name}'."
        )
    if not model.compiled or not runs:
        raise ValueError(f"{name} has no call of fit to repeat. Train it by model.fit(x, y), then ask again.")
    changed = "Such a training cannot be written down as calls of fit: train a new model by fit alone."
    present = {layer.name for layer in model.every_layer()}
    if runs[-1].seeds.keys() != present or runs[-1].popped:
        others = ", ".join(sorted({*(runs[-1].seeds.keys() ^ present), *map(name_of, runs[-1].popped)}))
        raise ValueError(f"{name} has other layers than in its last call of fit: {others} came or went. Train it by fit first.")
    anew = [*(run.compiled for run in runs[1:]), compilation_of(model) if model.compiled_anew else None]
    for run, after, compiled in zip(runs, [*(run.steps for run in runs[1:]), int(model.optimizer.steps)], anew, strict=True):
        expected = [run.steps_after]
        if compiled and run.steps_after:  # with a new optimizer, or with the one that it had
            expected = [0, run.steps_after]
        if after not in expected:
            raise ValueError(
                f"{name} expected {' or '.join(map(str, expected))} steps of its optimizer after a call of fit or compile. "
                f"Received: {after}. It was trained by train_on_batch, or compiled again with an optimizer that had made other "
                f"steps. {changed}"
            )
        if any(about["sha256"] is None for about in run.data.describe().values()):
            raise ValueError(f"{name} no longer knows what data it was trained on. {changed}")
    if runs[0].compiled is None:
        raise ValueError(f"{name} does not remember how it was compiled at first. {changed}")
    for compiled in [runs[0].compiled, *anew]:
        if compiled and "unknown" in compiled:
            raise ValueError(f"{name} was compiled with what a script cannot say. {compiled['unknown']}")
    copy = beginning(model)
    if runs[0].steps != 0 or (checksum(copy.params.array) != runs[0].start and not runs[0].weights):
        raise ValueError(
            f"{name} did not start from what its initializers give: its weights were set or loaded, or some of its layers are "
            f"new, or were trained in another model, whose calls of fit this one does not know. {changed}"
        )
    for run, after in zip(runs, [*runs[1:], None], strict=True):
        if after is not None and after.kept is not None:
            before, start = run.left or run.end, after.kept
            replace_layers(copy, model, run, after)
            size = len(copy.params.array) - sum(_params(layer) for layer in copy.layers if layer.name in added(run, after))
            begins = checksum(copy.params.array[size:]) == after.added
        else:
            before, start = run.end, checksum(model.params.array) if after is None else after.start
            begins = True
        if not begins or (before not in (None, start) and not (after and after.weights)):
            raise ValueError(
                f"{name} had its weights set after {run.steps_after} steps, or trained in another model that shares its layers. "
                f"{changed}"
            )
    merged = [runs[0]]
    for run in runs[1:]:
        alone = run.compiled or run.weights or run.kept is not None
        merged[-1:] = [_joined(merged[-1], run)] if not alone and _goes_on(merged[-1], run) else [merged[-1], run]
    if any(run.first or (run is not merged[-1] and run.done % run.steps_per_epoch) for run in merged):
        raise ValueError(
            f"{name} was left amid an epoch and then compiled again, or trained with other arguments of fit. {changed}"
        )
    if any(run.rates is None for run in merged):
        raise ValueError(f"{name} had its learning rate changed too often to be remembered. {changed}")
    going_on = [run.compiled for run in merged if run.compiled and run.steps]
    going_on += [anew[-1]] if anew[-1] and int(model.optimizer.steps) else []
    if any(_settings(compiled) != _settings(runs[0].compiled) for compiled in going_on) or (
        going_on and any(run.rates for run in merged)
    ):
        raise ValueError(
            f"{name} was compiled again with an optimizer that had made steps, and that has other settings now or whose learning "
            f"rate was changed amid a call of fit. {changed}"
        )
    return merged


def _settings(compiled):
    """An optimizer without its learning rate."""
    optimizer = compiled["optimizer"]
    return optimizer["class_name"], {key: value for key, value in optimizer["config"].items() if key != "learning_rate"}


def _goes_on(run, after):
    """Whether a run went on where another had been left."""
    same = all(run.arguments[name] == after.arguments[name] for name in DECISIVE)
    same = same and run.data.describe() == after.data.describe()
    place = divmod(run.first + run.done, run.steps_per_epoch)
    there = (after.arguments["initial_epoch"] - run.arguments["initial_epoch"], after.first)
    return same and run.steps_per_epoch == after.steps_per_epoch and place == there


def _joined(run, after):
    """Two runs as one."""
    both = TrainingRun()
    vars(both).update(vars(run), done=run.done + after.done, epoch=after.epoch, end=after.end)
    both.popped, both.left = after.popped, after.left
    both.callbacks = sorted({*run.callbacks, *after.callbacks})
    if run.rates is not None and after.rates is not None:
        last = run.rates[-1][1] if run.rates else run.learning_rate
        both.rates = [*run.rates, *([[after.steps, after.learning_rate]] * (after.learning_rate != last)), *after.rates]
    else:
        both.rates = None
    return both


def stages(runs):
    """The runs in lists that each begin where the model was compiled."""
    found = []
    for run in runs:
        found += [[run]] if run.compiled else []
        found[-1] += [] if run.compiled else [run]
    return found


def rate_changes(runs):
    """`[(step, learning rate)]` over the runs of a stage, where the rate was changed amid one of them; empty where it was not."""
    if not any(run.rates for run in runs):
        return []
    changes = {}
    for run in runs:
        changes.update({run.steps: run.learning_rate, **dict(map(tuple, run.rates))})
    return [(step, rate) for step, rate in sorted(changes.items()) if step == 0 or rate != _before(changes, step)]


def _before(changes, step):
    return changes[max(other for other in changes if other < step)]


def name_of(config):
    """The name of the layer that a configuration describes."""
    return config["config"]["name"]


def _params(layer):
    return sum(variable.size for variable in layer.weights if variable.is_parameter)


def added(run, after):
    """The names of the layers that a run has and the one before it had not, or lost."""
    return after.seeds.keys() - (run.seeds.keys() - {name_of(layer) for layer in run.popped})


def replace_layers(copy, model, run, after):
    """Takes the layers off the end of a copy of the model, and puts those there, that went and came between two runs.

    Returns how many went, and those that came.
    """
    for _ in run.popped:
        copy.pop()
    number = next(number for number, other in enumerate(model.training_runs) if other.seeds is after.seeds)
    came = [config for config in _networks(model)[number] if name_of(config) in added(run, after)]
    came = [layers.deserialize(_as_begun(config, after.seeds, {})) for config in came]
    for layer in came:
        copy.add(layer)
    return len(run.popped), came


def _networks(model):
    """The configurations of the layers of a `Sequential` as they were in each run, worked out from those that it has now."""
    config = model.get_config()
    if config.get("shared"):
        raise ValueError(f"Model '{model.name}' had layers replaced beside others that models in it share. No script says it.")
    found = [configs := config["layers"]]
    for run, after in reversed(list(zip(model.training_runs, model.training_runs[1:], strict=False))):
        if after.kept is not None:
            unknown = next((layer["unknown"] for layer in run.popped if "unknown" in layer), None)
            if unknown:
                raise ValueError(f"Model '{model.name}' had a layer that a script cannot say. {unknown}")
            configs = [config for config in configs if name_of(config) not in added(run, after)] + run.popped[::-1]
        found.insert(0, configs)
    return found


def _as_begun(config, seeds, settings):
    """A configuration of layers, or a part of one, with the seeds that initializers drew, and frozen as the settings say."""
    if isinstance(config, list):
        return [_as_begun(part, seeds, settings) for part in config]
    if not isinstance(config, dict):
        return config
    config = {name: _as_begun(part, seeds, settings) for name, part in config.items()}
    name = config.get("name")
    if isinstance(name, str) and name in seeds and "trainable" in config:
        config.pop("learning_rate_multiplier", None)
        config["trainable"], factor = settings.get(name, (True, 1))
        config.update({"learning_rate_multiplier": factor} if factor != 1 else {})
        for part, seed in seeds[name].items():
            if isinstance(config.get(part), dict) and "seed" in config[part]["config"]:
                config[part]["config"]["seed"] = seed
    return config


def beginning(model):
    """The model as it was before its first training: anew, with the seeds that its initializers drew, and frozen as it was when
    it was compiled first."""
    first, config = model.training_runs[0], model.get_config()
    if any(run.kept is not None for run in model.training_runs):
        config["layers"] = _networks(model)[0]
    return type(model).from_config(_as_begun(config, first.seeds, first.compiled.get("layers", {})))
