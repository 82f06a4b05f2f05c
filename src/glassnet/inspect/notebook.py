"""How a model, a history, a diagnosis and a trace show themselves in a notebook: `_repr_html_`."""

from html import escape

from glassnet.inspect.graph_picture import graph_svg
from glassnet.inspect.html import fragment, table
from glassnet.inspect.network_picture import network_picture
from glassnet.inspect.svg import curves
from glassnet.inspect.table import html as table_of_numbers
from glassnet.layers import Dense


def layer_table(model):
    """The layers, their output shapes and numbers of parameters, as an HTML table."""
    shapes = {place.layer: place.shapes for place in reversed(model.places)}
    rows = []
    for layer in model.layers:
        activation = getattr(getattr(layer, "activation", None), "name", "") or ""
        shape = ", ".join(_shape(shape[1:]) for shape in shapes[layer]) if layer in shapes else "?"
        count = f"{layer.count_params():,}" if layer.built else "not built"
        rows.append([layer.name, type(layer).__name__, activation, shape, count])
    return table(["layer", "kind", "activation", "output of one example", "parameters"], rows, numbers=(4,))


def _shape(shape):
    return " \u00d7 ".join(map(str, shape)) or "1"


def model_html(model):
    """A model: a drawing and the table of its layers.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> "<svg" in model_html(Sequential([layers.Input((2,)), layers.Dense(3)]))
    True
    """
    total = f"{model.count_params():,} parameters" if model.built else "not built yet"
    head = f"<p><b>{escape(model.name)}</b> <span class='muted'>{total}</span></p>"
    return fragment(f'{head}<div class="row">{picture(model)}<div>{layer_table(model)}</div></div>')


def picture(model):
    """The neurons of a chain of dense layers; the layers of any other network."""
    places = model.places
    chain = all(len(place.sources) == bool(number) for number, place in enumerate(places))
    weighing = [layer for layer in model.layers if layer.weights and layer.weights[0].ndim > 1]
    dense = all(isinstance(layer, Dense) for layer in weighing)
    return network_picture(model) if chain and dense else graph_svg(places, f"Network {model.name}")


def history_html(history):
    """A history: its learning curves."""
    pictures = curves(history.history)
    return fragment(f'<div class="row">{"".join(pictures)}</div>' if pictures else "<p>History of no epoch.</p>")


def findings_list(diagnosis):
    """The doctor's findings: what was measured, what it means, what to try."""
    if diagnosis.healthy:
        return f"<p>Nothing was found on {diagnosis.examples:,} examples.</p>"
    parts = []
    for finding in diagnosis:
        place = f" in {escape(', '.join(map(str, finding.where)))}" if finding.where else ""
        limit = finding.threshold
        parts.append(
            f"<li><b>{escape(finding.name.replace('_', ' '))}</b>{place}: {finding.measured:.4g} "
            f"<span class='muted'>(limit {limit.limit:g}: {escape(limit.measure)})</span><br>{escape(finding.meaning)}"
            f"<br><b>Try:</b> {escape(finding.cure)}<br><span class='muted'>{escape(limit.source)}</span></li>"
        )
    return f"<ol>{''.join(parts)}</ol>"


def diagnosis_html(diagnosis):
    """A diagnosis: its findings."""
    return fragment(f"<p><b>Diagnosis of {escape(diagnosis.model_name)}</b></p>{findings_list(diagnosis)}")


def trace_html(trace):
    """A trace: every tensor and parameter, and the derivative of the loss by it."""
    return fragment(table_of_numbers(trace))
