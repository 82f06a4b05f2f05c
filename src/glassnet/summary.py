"""The table of a model's layers."""

from rich import box
from rich.console import Console
from rich.table import Table

from glassnet.layers.input import InputLayer


def _described(name, layer):
    return f"{name} [dim]({type(layer).__name__})[/dim]"


def summary(model, line_length=None, print_fn=None):
    """Prints layers, output shapes and numbers of parameters; for a graph also what each layer reads. See `Model.summary`."""
    places = model.places
    before = ["", *(place.name for place in places)]
    chain = all(place.sources == [name] * bool(name) for place, name in zip(places, before, strict=False))
    table = Table(title=f'Model: "{model.name}"', box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    table.add_column("Layer")
    table.add_column("Output shape", justify="right")
    table.add_column("Parameters", justify="right")
    if not chain:
        table.add_column("Connected to")
    if not places:
        for layer in model.layers:
            table.add_row(_described(layer.name, layer), "(?)", "not built")
    counted = set()
    for place in places:
        layer = place.layer
        if layer is None or (chain and isinstance(layer, InputLayer)):
            continue
        sizes = f"{layer.count_params():,}" if layer not in counted else "as above"
        counted.add(layer)
        shapes = ", ".join(f"({', '.join(map(str, shape))})" for shape in place.shapes)
        table.add_row(_described(place.name, layer), shapes, sizes, *[", ".join(place.sources)] * (not chain))
    trained = sum(variable.size for variable in model.trainable_weights)
    total = model.count_params()
    kilobytes = sum(variable.value.nbytes for variable in model.weights) / 1024
    console = Console(width=line_length, highlight=False)
    with console.capture() as capture:
        console.print(table)
        console.print(f"{total:,} parameters ({kilobytes:,.1f} KB), {trained:,} trained, {total - trained:,} kept as they are")
    for line in capture.get().rstrip().splitlines():
        (print_fn or print)(line.rstrip())
