"""A network as boxes and arrows: every place where a layer is called, its shape, and what it reads."""

from html import escape

from glassnet.inspect.graph_layout import Layout
from glassnet.inspect.html import COLOURS, fragment

HEIGHT, LETTER, LEAST = 46, 7.4, 96
"""Of a box: its height, the width of a letter in it, its least width. In pixels."""


class GraphPicture:
    """What `Model.plot` returns: shows itself in a notebook; `str` gives the SVG text for a file.

    >>> from glassnet import layers
    >>> from glassnet.models import Model
    >>> x = layers.Input((2,))
    >>> str(GraphPicture(Model(x, layers.add([x, layers.Dense(2)(x)])))).count("<rect")
    3
    """

    def __init__(self, model):
        if not model.built:
            raise ValueError(f"Model '{model.name}' has no shapes to draw yet: build it, by model.build((None, ...)).")
        self._svg = graph_svg(model.places, f"Network {model.name}")

    def __str__(self):
        light, dark = ("".join(f"--{name}:{pair[theme]};" for name, pair in COLOURS.items()) for theme in (0, 1))
        style = f"svg{{{light}background:var(--ground)}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}"
        style += "text{fill:var(--muted);font:12px system-ui,sans-serif}"
        begin = self._svg.index(">") + 1
        return f"{self._svg[:begin]}<style>{style}</style>{self._svg[begin:]}"

    def _repr_html_(self):
        return fragment(self._svg)


def graph_svg(places, label):
    """The drawing of `places` (see `Model.places`) as SVG text. `label` is what a screen reader says of it."""
    titles = {place.name: _title(place) for place in places}
    widths = {place.name: max(LEAST, 24 + LETTER * max(map(len, titles[place.name]))) for place in places}
    links = [(source, place.name) for place in places for source in place.sources]
    layout = Layout(widths, links, HEIGHT)
    parts = [_line(points) for points in layout.lines.values()]
    for place in places:
        x, y = layout.places[place.name]
        width, (name, about) = widths[place.name], titles[place.name]
        bold = 'text-anchor="middle" style="fill:var(--ink);font-weight:600"'
        edge = "var(--positive)" if place.layer is not None and place.layer.weights else "var(--muted)"
        parts += [
            f'<rect x="{x - width / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{width:.1f}" height="{HEIGHT}" rx="6" '
            f'fill="var(--panel)" stroke="{edge}" stroke-width="1.3"/>',
            f'<text x="{x:.1f}" y="{y - 4:.1f}" {bold}>{escape(name)}</text>',
            f'<text x="{x:.1f}" y="{y + 14:.1f}" text-anchor="middle">{escape(about)}</text>',
        ]
    width, height = layout.size
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _title(place):
    """The two lines in a box: name; kind and shape of one example."""
    shapes = ", ".join(" \u00d7 ".join(map(str, shape[1:])) or "1" for shape in place.shapes)
    kind = "input" if place.layer is None or not place.sources else type(place.layer).__name__
    return place.name, f"{kind}  {shapes}"


def _line(points):
    """A smooth line from the lower edge of a box through the ranks it passes to the upper edge of another, with an arrowhead."""
    ends = [(points[0][0], points[0][1] + HEIGHT / 2), *points[1:-1], (points[-1][0], points[-1][1] - HEIGHT / 2 - 6)]
    path = f"M{ends[0][0]:.1f} {ends[0][1]:.1f}"
    for (x, y), (u, v) in zip(ends, ends[1:], strict=False):
        middle = (y + v) / 2
        path += f"C{x:.1f} {middle:.1f} {u:.1f} {middle:.1f} {u:.1f} {v:.1f}"
    u, v = ends[-1]
    head = f'<path d="M{u:.1f} {v + 6:.1f}l-4.5 -8h9z" fill="var(--muted)"/>'
    return f'<path d="{path}" fill="none" stroke="var(--muted)" stroke-width="1.4"/>{head}'
