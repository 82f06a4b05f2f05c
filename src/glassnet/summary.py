"""The table of a model's layers."""

from rich import box
from rich.console import Console
from rich.table import Table


def summary(model, line_length=None, print_fn=None):
    """Prints layers, output shapes and numbers of parameters. See `Model.summary`."""
    table = Table(title=f'Model: "{model.name}"', box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    table.add_column("Layer")
    table.add_column("Output shape", justify="right")
    table.add_column("Parameters", justify="right")
    for layer in model.layers:
        shape = layer.compute_output_shape(layer.input_shape) if layer.built else ("?",)
        sizes = f"{layer.count_params():,}" if layer.built else "not built"
        described = f"{layer.name} [dim]({type(layer).__name__})[/dim]"
        table.add_row(described, f"({', '.join(map(str, shape))})", sizes)
    trained = sum(variable.size for variable in model.trainable_weights)
    total = model.count_params()
    kilobytes = sum(variable.value.nbytes for variable in model.weights) / 1024
    console = Console(width=line_length, highlight=False)
    with console.capture() as capture:
        console.print(table)
        console.print(f"{total:,} parameters ({kilobytes:,.1f} KB), {trained:,} trained, {total - trained:,} kept as they are")
    for line in capture.get().rstrip().splitlines():
        (print_fn or print)(line.rstrip())
