"""How the numbers of pooling layers come about: which number of a window won, or the mean of all."""

from glassnet.inspect.names import DERIVATIVE
from glassnet.inspect.slopes import flat_place, place
from glassnet.inspect.symbol import quantity, words
from glassnet.inspect.term import Factor, summed, term
from glassnet.inspect.window import cut, of_pixel, of_position, unravelled


class Windows:
    """The windows of a pooling node; an image is (H, W, C), what comes out of it (P, Q, C)."""

    def __init__(self, trace, node):
        self.trace = trace
        self.x, self.a = node.inputs[0].name, node.outputs[0].name
        H, W, C, P, Q, KH, KW, SH, SW, TOP, LEFT = node.sizes
        self.image, self.positions = (H, W, C), (P, Q, C)
        self.down, self.across = (H, P, KH, SH, 1, TOP), (W, Q, KW, SW, 1, LEFT)

    def place_in(self, name, sides, example, *at):
        """The index of a number of x or a."""
        (_, width, channels), (h, w, c) = sides, at
        return place(example, (h * width + w) * channels + c, self.trace[name].shape)

    def covered(self, p, q):
        """Rows and columns of the image that the window at (p, q) covers."""
        return [h for h, _ in of_position(p, *self.down)], [w for w, _ in of_position(q, *self.across)]

    def pixels(self, example, p, q, c):
        """Indices of what the window at (p, q) covers, in the order of reading."""
        rows, columns = self.covered(p, q)
        return [self.place_in(self.x, self.image, example, h, w, c) for h in rows for w in columns]

    def winner(self, example, p, q, c):
        """The index of the largest of a window; the first where several are equal."""
        return max(self.pixels(example, p, q, c), key=lambda at: self.trace[self.x][at])

    def seeing(self, index):
        """(example, p, q, c) of the windows that cover the number of x at `index`."""
        example, flat = flat_place(index, self.trace[self.x].shape)
        h, w, c = unravelled(flat, self.image)
        return [(example, p, q, c) for p, _ in of_pixel(h, *self.down) for q, _ in of_pixel(w, *self.across)]


def _window(trace, node, index):
    windows = Windows(trace, node)
    example, flat = flat_place(index, trace[windows.a].shape)
    p, q, c = unravelled(flat, windows.positions)
    shape = "" if trace[windows.x].shape[1:] == windows.image else f".reshape(-1, {', '.join(map(str, windows.image))})"
    rows, columns = windows.covered(p, q)
    return windows, (example, p, q, c), f't["{windows.x}"]{shape}[{example}, {cut(rows)}, {cut(columns)}, {c}]'


def _largest(trace, node, index):
    """a = the largest x of its window: the one that won."""
    windows, at, line = _window(trace, node, index)
    return [term(quantity(trace, windows.x, windows.winner(*at)))], f"{line}.max()"


def _mean(trace, node, index):
    """a = sum over its window of x, divided by how many there are."""
    windows, at, line = _window(trace, node, index)
    pixels = windows.pixels(*at)
    return [term(_share(len(pixels)), quantity(trace, windows.x, pixel)) for pixel in pixels], f"{line}.mean()"


def _share(count):
    symbol = words(f"1/{count}", f"1 / {count}", 1 / count)
    return Factor(symbol, "1 / n", {"n": words("numbers of the window", str(count), count)})


def _largest_input(trace, node, name, index):
    """dx = sum of da over the windows that x won."""
    windows = Windows(trace, node)
    won = [at for at in windows.seeing(index) if windows.winner(*at) == index]
    terms = [term(_wanted(windows, at)) for at in won]
    return terms, summed(terms)


def _mean_input(trace, node, name, index):
    """dx = sum over the windows that cover x of da, divided by how many numbers they cover."""
    windows = Windows(trace, node)
    terms = [term(_share(len(windows.pixels(*at))), _wanted(windows, at)) for at in windows.seeing(index)]
    return terms, summed(terms)


def _wanted(windows, at):
    return quantity(windows.trace, DERIVATIVE + windows.a, windows.place_in(windows.a, windows.positions, *at))


FORWARD = {"max_pooling": _largest, "average_pooling": _mean}
BY_INPUT = {"max_pooling": _largest_input, "average_pooling": _mean_input}
"""The rules by the name of the operation."""
