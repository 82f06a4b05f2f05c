"""`glassnet info`: what is in a model file."""

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.output import open_console, write_json


def info(
    model: Annotated[str, typer.Argument(help="A model file.")],
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Show what is in a model file: layers, how it was trained, how its inputs are prepared.

    \b
    Example:
      glassnet info digits.safetensors
    """
    from glassnet.models import load_model

    network = load_model(model)
    history = network.history.history if network.history is not None else {}
    if json:
        write_json(_document(model, network, history))
    else:
        _show(open_console(), model, network, history)


def _document(path, model, history):
    from glassnet.cli.network import sizes
    from glassnet.preprocessing import preprocessings

    return {
        "model": path,
        "bytes": Path(path).stat().st_size,
        "name": model.name,
        "network": sizes(model),
        "parameters": model.count_params(),
        "layers": [
            {
                "name": layer.name,
                "class": type(layer).__name__,
                "parameters": layer.count_params(),
                "config": layer.get_config(),
            }
            for layer in model.layers
        ],
        "compile": model.get_compile_config(),
        "steps": int(model.optimizer.steps) if model.compiled else 0,
        "history": history,
        "preprocessing": preprocessings.serialize(model.preprocessing),
    }


def _show(console, path, model, history):
    from glassnet.cli.network import sizes

    console.print(f"{path}: ", end="")
    console.print(sizes(model), style="bold", end="")
    console.print(f", {Path(path).stat().st_size:,} bytes")
    model.summary(print_fn=console.print)
    if model.compiled:
        rate = model.optimizer.get_config()["learning_rate"]
        if isinstance(rate, dict):
            rate = f"by a schedule, {rate['class_name']}"
        console.print()
        console.print("Training", style="bold")
        console.print(f"  optimizer  {type(model.optimizer).__name__}, learning rate {rate}")
        console.print(f"  loss       {', '.join('none' if loss is None else loss.name for loss in model._losses)}")
        console.print(f"  steps      {int(model.optimizer.steps):,}")
    if history:
        _show_history(console, history)
    if model.preprocessing is not None:
        console.print()
        console.print("Inputs", style="bold")
        _show_preprocessing(console, model.preprocessing)


def _show_history(console, history):
    from glassnet.progress import format_value
    from glassnet.terminal import sparkline

    epochs = len(next(iter(history.values())))
    console.print()
    console.print(f"History of {epochs} epoch{'s' if epochs != 1 else ''}", style="bold")
    width = max(map(len, history))
    for name, values in history.items():
        console.print(f"  {name:<{width}}  {format_value(values[0])} ", end="")
        console.print(sparkline(values, console), end="", style="green")
        console.print(f" {format_value(values[-1])}")


def _show_preprocessing(console, preprocessing):
    from glassnet.preprocessing import ImagePreprocessing

    if isinstance(preprocessing, ImagePreprocessing):
        console.print("  pictures of a digit, cut out, scaled to 20 x 20 and centred in 28 x 28 pixels as MNIST's are")
        return
    width = max(len(column["name"]) for column in preprocessing.columns)
    for column in preprocessing.columns:
        console.print(f"  {column['name']:<{width}}  {_meaning(column)}")
    for name, reason in preprocessing.ignored.items():
        console.print(f"  {name:<{width}}  not read: {reason}", style="dim")
    console.print(f"  predicts {preprocessing.target['name']}: {_meaning(preprocessing.target)}")


def _meaning(column):
    """What a column or the target holds."""
    names = column.get("categories") or column.get("class_names")
    if names:
        return f"one of {', '.join(names)}"
    missing = ", may be missing" if column.get("missing") else ""
    return f"number, mean {column['mean']:.4g}, standard deviation {column['std']:.4g}{missing}"
