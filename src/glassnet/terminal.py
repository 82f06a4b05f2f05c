"""Drawing in a terminal: a picture, bars, a confusion matrix, a curve in one line.

Each function returns a list of lines (`rich.text.Text`). Colour is used where the console has it; where
the output is not in Unicode, plain characters stand in for blocks. Nothing here knows of models.
"""

from rich.text import Text

EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = "▁▂▃▄▅▆▇█"
SHADES = " .:-=+*#%@"
LONGEST_NAME = 9


def has_unicode(console):
    """Whether the console's encoding has block characters."""
    return console.encoding.startswith("utf")


def picture(pixels, console):
    """A grey picture, two rows of pixels in each line.

    Arguments:
        pixels: `uint8` array (H, W), 0 for the ground.
        console: `rich.console.Console` that the lines are for.

    >>> import numpy as np
    >>> from rich.console import Console
    >>> [line.plain for line in picture(np.array([[255, 0, 255], [255, 255, 0]], np.uint8), Console(color_system=None))]
    ['█▄▀']
    """
    rows = [*pixels.tolist()]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return [_row_pair(upper, lower, console) for upper, lower in zip(rows[::2], rows[1::2], strict=True)]


def _row_pair(upper, lower, console):
    line = Text()
    for top, bottom in zip(upper, lower, strict=True):
        if not has_unicode(console):
            line.append(SHADES[(top + bottom) * len(SHADES) // 512])
        elif console.color_system is None:
            line.append(" ▄▀█"[2 * (top > 96) + (bottom > 96)])
        else:
            line.append("▀", style=f"rgb({top},{top},{top}) on rgb({bottom},{bottom},{bottom})")
    return line


POSITIVE, NEGATIVE = (90, 169, 255), (255, 154, 77)
"""Blue and orange, as everywhere in glassnet where there is a dark ground."""


def signed_picture(values):
    """Numbers of either sign (H, W), two rows in each line, for a console with colours: blue where positive, orange where
    negative, the lighter the larger.

    >>> import numpy as np
    >>> [(line.plain, line.spans[0].style) for line in signed_picture(np.array([[2.0, 0.0], [-1.0, 0.0]]))]
    [('▀▀', 'rgb(90,169,255) on rgb(127,77,38)')]
    """
    strongest = float(abs(values).max()) or 1.0
    rows = [*(values / strongest).tolist()]
    if len(rows) % 2:
        rows.append([0.0] * len(rows[0]))
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = Text()
        for top, bottom in zip(upper, lower, strict=True):
            line.append("▀", style=f"{_signed_colour(top)} on {_signed_colour(bottom)}")
        lines.append(line)
    return lines


def _signed_colour(share):
    return "rgb({},{},{})".format(*(int(part * abs(share)) for part in (POSITIVE if share > 0 else NEGATIVE)))


def bars(values, names, console, width=24, best=None):
    """Shares from 0 to 1, a line with a bar for each.

    Arguments:
        values: Numbers from 0 to 1.
        names: A name for each.
        console: The lines are for.
        width: Of the longest bar, in characters.
        best: Index of the line to bring out.

    >>> from rich.console import Console
    >>> for line in bars([0.25, 0.75], ["cat", "dog"], Console(), width=4):
    ...     print(line.plain)
    cat  █      25.0 %
    dog  ███    75.0 %
    """
    longest = max(map(len, names))
    lines = []
    for index, (value, name) in enumerate(zip(values, names, strict=True)):
        brought_out = index == best
        line = Text(f"{name:<{longest}}  ", style="bold" if brought_out else "")
        line.append(f"{_bar(value, width, console):<{width}}", style="green" if brought_out else "bright_black")
        line.append(f"  {value:>6.1%}".replace("%", " %"))
        lines.append(line)
    return lines


def _bar(value, width, console):
    value = min(max(value, 0.0), 1.0)
    if not has_unicode(console):
        return "#" * round(value * width)
    eighths = round(value * width * 8)
    return (EIGHTHS[-1] * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()


def confusion_matrix(counts, names, console):
    """How often each class (a line) was taken for each (a column).

    Arguments:
        counts: Whole numbers (C, C), true classes by predicted ones.
        names: The names of the C classes.
        console: The lines are for.

    >>> from rich.console import Console
    >>> for line in confusion_matrix([[50, 2], [0, 48]], ["cat", "dog"], Console()):
    ...     print(line.plain)
    truth | predicted
              cat  dog
      cat      50    2
      dog       ·   48
    """
    never, cut = ("·", "…") if has_unicode(console) else (".", "~")
    names = [name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + cut for name in names]
    cells = [[str(count or never) for count in row] for row in counts]
    first = max(len("truth"), *map(len, names))
    width = max(len(text) for row in [names, *cells] for text in row)
    most = max(count for i, row in enumerate(counts) for j, count in enumerate(row) if i != j)
    lines = [
        Text(f"{'truth':<{first}} | predicted", style="dim"),
        Text(" " * (first + 1) + "".join(f"  {name:>{width}}" for name in names), style="bold"),
    ]
    for i, row in enumerate(cells):
        line = Text(f"{names[i]:>{first}} ")
        line.stylize("bold")
        for j, text in enumerate(row):
            line.append(f"  {text:>{width}}", style=_style_of(counts[i][j], i == j, most))
        lines.append(line)
    return lines


def _style_of(count, right, most_wrong):
    if right:
        return "green"
    if count and count > most_wrong / 2:
        return "red"
    return "yellow" if count else "bright_black"


def sparkline(values, console, width=40):
    """A curve in one line, from the first to the last of `values`; empty where the console cannot draw it.

    >>> from rich.console import Console
    >>> sparkline([3.0, 2.0, 1.0, 0.0], Console())
    '█▆▃▁'
    """
    if not has_unicode(console) or len(values) < 2:
        return ""
    if len(values) > width:
        values = [values[index * (len(values) - 1) // (width - 1)] for index in range(width)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(HEIGHTS[round((value - low) / span * (len(HEIGHTS) - 1))] for value in values)


def beside(left, right, gap=4):
    """Two blocks of lines side by side, the lower one in the middle of the higher one.

    >>> for line in beside([Text("1"), Text("2"), Text("3")], [Text("a")], gap=1):
    ...     print(repr(line.plain))
    '1 '
    '2 a'
    '3 '
    """
    height, width = max(len(left), len(right)), max(line.cell_len for line in left)
    blocks = []
    for block in (left, right):
        above = (height - len(block)) // 2
        blocks.append([Text()] * above + block + [Text()] * (height - len(block) - above))
    lines = []
    for one, other in zip(*blocks, strict=True):
        lines.append(Text.assemble(one, " " * (width - one.cell_len + gap), other))
    return lines
