"""The colours of all pictures and pages: one pair for positive and negative, and greys, in light and in dark."""

LIGHT = {
    "bg": "#F7F7F5",
    "surface": "#FFFFFF",
    "raised": "#FFFFFF",
    "ink": "#1B1F24",
    "muted": "#5E6670",
    "line": "#E3E5E8",
    "soft": "#F0F1F3",
    "pos": "#1769C2",
    "neg": "#D9660A",
    "focus": "#1B1F24",
}
DARK = {
    "bg": "#0F1216",
    "surface": "#171B21",
    "raised": "#1E232B",
    "ink": "#E8EAED",
    "muted": "#9AA3AD",
    "line": "#2C323A",
    "soft": "#20262E",
    "pos": "#5AA9FF",
    "neg": "#FF9A4D",
    "focus": "#E8EAED",
}
"""Colours by name; in style sheets `var(--gn-ink)`."""

LIGHT_SERIES = ("#1769C2", "#D9660A", "#2A9D74", "#B0549E", "#8A7A00", "#4FA3D9", "#A23B3B", "#6B6B6B")
DARK_SERIES = ("#5AA9FF", "#FF9A4D", "#4CC79A", "#DB86CB", "#CDBB3A", "#8CCBF2", "#E07A7A", "#A6A6A6")
"""For classes and curves, in this order, told apart by the colour-blind (after Okabe and Ito, 2008): `var(--gn-series-0)`."""

SANS = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace'


def properties(dark=False):
    """The colours as CSS declarations.

    >>> properties().split("; ")[:2]
    ['--gn-bg: #F7F7F5', '--gn-surface: #FFFFFF']
    """
    names = {f"--gn-{name}": value for name, value in (DARK if dark else LIGHT).items()}
    names |= {f"--gn-series-{number}": value for number, value in enumerate(DARK_SERIES if dark else LIGHT_SERIES)}
    names |= {"--gn-sans": SANS, "--gn-mono": MONO}
    return "; ".join(f"{name}: {value}" for name, value in names.items())


def picture_css():
    """The style sheet under every picture: the palette by the system's theme, unless a page around it says otherwise.

    A page that sets the colours itself has the class `gn-themed` on an element around the picture.
    """
    where = ".gn-picture:not(.gn-themed .gn-picture)"
    return (
        f"{where} {{ {properties()}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ {where} {{ {properties(dark=True)}; }} }}\n"
        ".gn-picture { color: var(--gn-ink); font: 14px/1.45 var(--gn-sans); font-variant-numeric: tabular-nums; }\n"
        ".gn-picture :focus-visible { outline: 2px solid var(--gn-focus); outline-offset: 2px; }\n"
        ".gn-picture canvas { display: block; }\n"
    )
