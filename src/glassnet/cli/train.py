"""`glassnet train`: a network for a data set or for a table of one's own."""

import re
import signal
import time
import warnings
from typing import Annotated

import typer

from glassnet.cli.output import check_out, open_console, write_json, write_next

TABLE_RATE = 0.01
"""Adam's for tables. Measured: 100 epochs learn the spiral (98.8 %), which they do not at its own 0.001 (67.6 %)."""

FEW_EPOCHS = 20
"""Up to here, each epoch has a line of its own."""


def parse_units(texts):
    """`["128,64", "32"]` -> `[128, 64, 32]`."""
    words = [word for text in texts for word in re.split(r"[\s,x-]+", text.strip()) if word]
    if words in (["0"], ["none"]):
        return []
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise typer.BadParameter(f"Expected units such as 128,64, or none. Received: {' '.join(texts)}.")
    return [int(word) for word in words]


def _share(value):
    if not 0 <= value < 1:
        raise typer.BadParameter(f"Expected a share from 0 to below 1. Received: {value}.")
    return value


def train(
    data: Annotated[str, typer.Argument(help="A data set (see `glassnet datasets`) or the path of a .csv file.")],
    target: Annotated[str | None, typer.Option(help="Table: the column to be predicted.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Table: regression or classification, where it is not plain from the target."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Table: a column not to read; may be repeated.")] = None,
    test_split: Annotated[float, typer.Option(callback=_share, help="Table: share of the rows that is kept for the test.")] = 0.2,
    layers: Annotated[
        list[str] | None,
        typer.Option(help="Units of the hidden layers: 128,64 or none.  [default: 128 for pictures, else 32,32]"),
    ] = None,
    activation: Annotated[str, typer.Option(help="Of the hidden layers: relu, sigmoid, tanh, ...")] = "relu",
    optimizer: Annotated[str, typer.Option(help="adam, sgd, rmsprop, ...")] = "adam",
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Of the optimizer.  [default: its own; of adam for tables 0.01]"),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, help="Examples a step.  [default: 128 for pictures, else 32]"),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the examples.  [default: 5 for pictures, else 100]"),
    ] = None,
    dropout: Annotated[float, typer.Option(callback=_share, help="Share of hidden units left out while training.")] = 0.0,
    l2: Annotated[float, typer.Option(min=0, help="Factor of the penalty on the squares of the weights.")] = 0.0,
    loss: Annotated[
        str | None,
        typer.Option(help="What training lowers.  [default: by the kind of target]"),
    ] = None,
    validation: Annotated[
        float, typer.Option(callback=_share, help="Share of the training examples to validate on after each epoch.")
    ] = 0.0,
    patience: Annotated[
        int | None,
        typer.Option(min=1, help="Stop after so many epochs that bring nothing, and keep the best."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same network.")] = 0,
    out: Annotated[
        str | None,
        typer.Option(help="The model file.  [default: the data's name with .safetensors, in this folder]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Train a network on a data set or a table, test it, and save it.

    Ctrl-C stops the training and keeps what has been learnt so far.

    \b
    Example:
      glassnet train mnist --layers 128 --activation relu --epochs 5 --out digits.safetensors
      glassnet train table.csv --target price
    """
    from glassnet.cli import data as source

    hidden = None if layers is None else parse_units(layers)
    if not source.is_table(data):
        source.check_name(data)
    path = check_out(out or f"{source.stem(data)}.safetensors")

    from glassnet.cli import network
    from glassnet.random import set_random_seed

    set_random_seed(seed)
    examples = source.load(data, target, kind, ignore or (), test_split, seed)
    pictures = examples.train[0].ndim > 2
    if learning_rate is None and optimizer == "adam" and not pictures:
        learning_rate = TABLE_RATE
    hidden = ([128] if pictures else [32, 32]) if hidden is None else hidden
    epochs = epochs or (5 if pictures else 100)
    batch_size = batch_size or (128 if pictures else 32)
    model = network.build(examples, hidden, activation, dropout, l2)
    model.compile(
        optimizer=_optimizer(optimizer, learning_rate),
        loss=loss or network.LOSSES[examples.kind],
        metrics=network.METRICS[examples.kind],
    )
    console = open_console()
    if not json:
        _introduce(console, examples, model, activation if hidden else None)
    started = time.perf_counter()
    interrupted = _fit(model, examples, batch_size, epochs, validation, patience, quiet=json)
    seconds = time.perf_counter() - started
    model.save(path)
    measured = None
    if not interrupted and len(examples.test[0]):
        x, y = examples.test
        measured = model.evaluate(x, network.fit_targets(model, y), batch_size=1000, verbose=0, return_dict=True)
    if json:
        _write_document(path, data, model, interrupted, seconds, measured)
    else:
        _conclude(console, path, data, model, interrupted, measured)
    if interrupted:
        raise typer.Exit(130)


def _optimizer(name, learning_rate):
    from glassnet import optimizers

    optimizer = optimizers.get(name)
    if learning_rate is not None:
        optimizer = type(optimizer)(learning_rate=learning_rate)
    return optimizer


def _fit(model, examples, batch_size, epochs, validation, patience, quiet):
    """Trains. Returns whether Ctrl-C ended it. Raises `ValueError` where it diverges."""
    from glassnet.callbacks import EarlyStopping
    from glassnet.cli import network
    from glassnet.cli.epochs import EpochLines

    callbacks = []
    if patience is not None:
        monitor = "val_loss" if validation else "loss"
        callbacks.append(EarlyStopping(monitor, patience=patience, restore_best_weights=True))
    if not quiet and epochs > FEW_EPOCHS:
        callbacks.append(EpochLines())
    x, y = examples.train
    verbose = 0 if quiet or epochs > FEW_EPOCHS else "auto"
    interrupted = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "The loss of model", RuntimeWarning)
            model.fit(
                x,
                network.fit_targets(model, y),
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_split=validation,
            )
    except RuntimeWarning as warning:
        raise ValueError(f"Training diverged, nothing is saved. Lower --learning-rate. {warning}") from warning
    except KeyboardInterrupt:
        if int(model.optimizer.steps) == 0:
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cost what the first one keeps
        interrupted = True
    return interrupted


def _introduce(console, examples, model, activation):
    from glassnet.cli import network

    learn, test = len(examples.train[0]), len(examples.test[0])
    console.print(f"{examples.name}: {learn:,} examples to learn from, {test:,} to test on")
    console.print(network.sizes(model), style="bold", end="")
    console.print(
        f"{f' {activation}' if activation else ''}: {model.count_params():,} parameters, "
        f"{type(model.optimizer).__name__}, {model.loss.name}"
    )


def _conclude(console, path, data, model, interrupted, measured):
    from glassnet.cli import data as source
    from glassnet.progress import format_value

    if interrupted:
        console.print(f"Stopped by Ctrl-C. What was learnt so far is in {path}.")
        return
    if measured is not None:
        numbers = "  ".join(f"{name} {format_value(value)}" for name, value in measured.items())
        console.print(f"Test  {numbers}", style="bold")
    console.print(f"Saved in {path}.")
    console.print()
    pictures = not source.is_table(data) and source.is_pictures(data)
    write_next(
        console,
        (f"glassnet predict {path} {'picture.png' if pictures else 'rows.csv'}", "use it"),
        (f"glassnet evaluate {path}" + (f" {data}" if source.is_table(data) else ""), "where it is wrong"),
        (f"glassnet info {path}", "look inside"),
    )


def _write_document(path, data, model, interrupted, seconds, measured):
    from glassnet.cli import network

    write_json(
        {
            "model": str(path),
            "data": data,
            "network": network.sizes(model),
            "parameters": model.count_params(),
            "loss": model.loss.name,
            "optimizer": model.optimizer.name,
            "interrupted": interrupted,
            "seconds": round(seconds, 3),
            "history": model.history.history,
            "test": measured,
        }
    )
