"""HTML that needs nothing else: one style for notebooks and reports, light and dark, and tables."""

from html import escape

COLOURS = {
    "ink": ("#1B1F24", "#E8EAED"),
    "muted": ("#5E6670", "#9AA3AD"),
    "line": ("#E3E5E8", "#2C323A"),
    "ground": ("#FFFFFF", "#14181D"),
    "panel": ("#F6F7F8", "#1B2026"),
    "positive": ("#1769C2", "#5AA9FF"),
    "negative": ("#D9660A", "#FF9A4D"),
}
"""By name, on light and on dark. Blue is positive (or right), orange negative (or wrong), everywhere: a pair that colour-blind
readers tell apart."""

LIGHT, DARK = ("".join(f"--{name}:{pair[theme]};" for name, pair in COLOURS.items()) for theme in (0, 1))

STYLE = f"""
.glassnet{{{LIGHT}color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}}
@media(prefers-color-scheme:dark){{.glassnet{{{DARK}}}}}
[data-jp-theme-light="true"] .glassnet{{{LIGHT}}}
[data-jp-theme-light="false"] .glassnet{{{DARK}}}
[data-jp-theme-light] .glassnet{{--ink:var(--jp-content-font-color1);--ground:var(--jp-layout-color0);
--line:var(--jp-border-color2);font-family:var(--jp-content-font-family)}}
@media print{{.glassnet{{{LIGHT}}}}}
.glassnet table{{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5em 0;color:inherit}}
.glassnet caption{{text-align:left;font-weight:600;padding:.2em 0 .5em}}
.glassnet th,.glassnet td{{text-align:left;padding:.35em 1.4em .35em 0;border-bottom:1px solid var(--line);
background:none;vertical-align:top}}
.glassnet th{{color:var(--muted);font-weight:500}}
.glassnet .number{{text-align:right}}
.glassnet .muted{{color:var(--muted)}}
.glassnet svg{{max-width:100%;height:auto;overflow:visible}}
.glassnet svg text{{fill:var(--muted);font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}}
.glassnet .row{{display:flex;flex-wrap:wrap;gap:1.5em 2.5em;align-items:flex-start}}
.glassnet math{{display:block math;margin:.6em 0;width:fit-content;font-size:1.05em}}
.glassnet mtable.sums>mtr>mtd{{text-align:left;padding:.3em .15em}}
.glassnet .positive{{color:var(--positive)}}.glassnet .negative{{color:var(--negative)}}
""".strip()


def fragment(body):
    """A piece of a notebook, with its style."""
    return f'<div class="glassnet" style="overflow-x:auto"><style>{STYLE}</style>{body}</div>'


def table(head, rows, caption=None, numbers=()):
    """A table of text; everything is escaped.

    Arguments:
        head: The columns' names.
        rows: Lists of cells.
        caption: Text above it, or None.
        numbers: Places of the columns that hold numbers, which stand to the right.

    >>> table(["a"], [["<1>"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>&lt;1&gt;</td></tr></tbody></table>'
    """

    def line(cells, tag):
        marks = (' class="number"' if place in numbers else "" for place in range(len(cells)))
        text = (f"<{tag}{mark}>{escape(str(cell))}</{tag}>" for cell, mark in zip(cells, marks, strict=True))
        return f"<tr>{''.join(text)}</tr>"

    title = "" if caption is None else f"<caption>{escape(caption)}</caption>"
    body = "".join(line(row, "td") for row in rows)
    return f"<table>{title}<thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>"
