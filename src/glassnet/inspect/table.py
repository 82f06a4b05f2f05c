"""A trace as a table: every number by name, its size, and its derivative beside it."""

from html import escape

import numpy as np

from glassnet.inspect.names import DERIVATIVE

SHOWN = 6
"""Arrays of more numbers are summed up by their mean and range."""

COLUMNS = ("name", "shape", "value", "derivative of the loss")


def table(trace):
    """The trace as text: a line for each tensor and parameter, in the order of calculation."""
    rows = [COLUMNS, *_rows(trace)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([_title(trace), "", *lines])


def html(trace):
    """The same as an HTML table, for a notebook."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in COLUMNS)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in _rows(trace))
    return (
        f"<table><caption>{escape(_title(trace))}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def numbers(array):
    """An array in a few words: its numbers where they are few, else their mean and range.

    >>> numbers(np.array([1.0, 2.5])), numbers(np.arange(9.0))
    ('1  2.5', 'mean 4, from 0 to 8')
    """
    if array.size <= SHOWN:
        return "  ".join(f"{number:.4g}" for number in array.ravel())
    return f"mean {array.mean(dtype=np.float64):.4g}, from {array.min():.4g} to {array.max():.4g}"


def _title(trace):
    examples = f"{trace.batch_size} example{'s' * (trace.batch_size != 1)}"
    loss = f", loss {trace.loss:.6g}" if "loss" in trace else ""
    return f"Trace of '{trace.model.name}': {examples}{loss}"


def _rows(trace):
    for name in [name for name in trace if name in trace.tensors or name in trace.variables]:
        derivative = numbers(trace.gradient(name)) if DERIVATIVE + name in trace else ""
        yield name, str(trace[name].shape), numbers(trace[name]), derivative
