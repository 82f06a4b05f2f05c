"""What is set up in the playground: all of it stands in the page's address, and anybody may have written that."""

from dataclasses import dataclass, fields

import numpy as np

from glassnet.preprocessing.points import MAX_FEATURES, PointFeatures
from glassnet.studio.address import read_choice, read_flag, read_number, read_query, written
from glassnet.studio.pages.playground.packing import pack, unpack
from glassnet.studio.pages.playground.plane_table import MOST_CLASSES, PlaneTable

SETS = ("circle", "xor", "gauss", "spiral", "moons", "regression_plane", "regression_gauss")
DRAWN, TABLE = "drawn", "table"
FEATURES = ("x", "y", "x**2", "y**2", "x*y", "sin(x)", "sin(y)")
ACTIVATIONS = (
    "tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "softsign",
    "hard_sigmoid", "relu6",
)  # fmt: skip
OPTIMIZERS = ("SGD", "Momentum", "Nesterov", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Lion", "Ftrl")
INITIALIZERS = (
    "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "RandomUniform", "RandomNormal",
    "Orthogonal", "Zeros",
)  # fmt: skip
CLASS_LOSSES = ("crossentropy", "squared")
HEIGHT_LOSSES = ("squared", "absolute", "huber")
MOST_LAYERS, MOST_UNITS, MOST_DRAWN = 8, 32, 600
REACH = 6.0
"""The plane goes from -6 to 6."""
GRID = 127 / REACH
"""Drawn points lie on a grid of so many places a unit, so that the address holds them exactly, in a byte a coordinate."""

PLACES = np.stack(np.meshgrid(*2 * [np.linspace(-REACH, REACH, 24)]), axis=-1).reshape(-1, 2)
"""Where a formula is tried."""

CHOICES = {
    "data": (*SETS, DRAWN, TABLE),
    "optimizer": OPTIMIZERS,
    "initializer": INITIALIZERS,
    "loss": (*CLASS_LOSSES, *HEIGHT_LOSSES[1:]),
    "show": ("weights", "gradients"),
}
BOUNDS = {
    "count": (10, 2000),
    "noise": (0.0, 0.5),
    "share": (0.1, 0.9),
    "classes": (2, MOST_CLASSES),
    "data_seed": (0, 999_999),
    "rate": (1e-5, 10.0),
    "batch": (1, 1000),
    "l1": (0.0, 10.0),
    "l2": (0.0, 10.0),
    "dropout": (0.0, 0.8),
    "seed": (0, 999_999),
}
"""The least and the most of each number."""


@dataclass(frozen=True)
class Setting:
    """All that the playground's network and data follow from.

    Attributes: those of the data (`data`, `count`, `noise`, `share` for training, `classes`, `data_seed`, `drawn`: triples of
    a point on the grid and its class, `table`: a `PlaneTable` or None), of the network (`features` that are on, `own` formulas,
    `hidden`: pairs of units and activation, `initializer`, `seed`, `dropout`), of the training (`loss`, `optimizer`, `rate`,
    `batch`, `l1`, `l2`), and of what is shown (`discretise`, `test`, `show`).
    """

    data: str = "circle"
    count: int = 500
    noise: float = 0.0
    share: float = 0.5
    classes: int = 2
    data_seed: int = 1
    drawn: tuple = ()
    table: PlaneTable | None = None
    features: tuple = ("x", "y")
    own: tuple = ()
    hidden: tuple = ((4, "tanh"), (2, "tanh"))
    initializer: str = "GlorotUniform"
    seed: int = 1
    dropout: float = 0.0
    loss: str = "crossentropy"
    optimizer: str = "SGD"
    rate: float = 0.03
    batch: int = 10
    l1: float = 0.0
    l2: float = 0.0
    discretise: bool = False
    test: bool = False
    show: str = "weights"

    @property
    def is_regression(self):
        """Whether heights are to be learnt, not classes."""
        return self.table.is_regression if self.data == TABLE else self.data.startswith("regression")

    @property
    def losses(self):
        """The losses that can be chosen."""
        return HEIGHT_LOSSES if self.is_regression else CLASS_LOSSES

    def query(self):
        """What the address says: `{name: text}` of all that is not as by default. A table is in it while it is learnt from; ""
        stands for one that is too large."""
        usual = Setting()
        changed = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != getattr(usual, f.name)}
        if self.data != TABLE:
            changed.pop("table", None)
        return {name: _write(name, value) for name, value in changed.items()}


def _write(name, value):
    return _WRITERS.get(name, written)(value)


_WRITERS = {
    "features": ",".join,
    "own": ",".join,
    "hidden": lambda hidden: ",".join(f"{units}-{activation}" for units, activation in hidden) or "none",
    "drawn": lambda points: pack(bytes(part + 128 for point in points for part in point)),
    "table": lambda table: table.packed if table else "",
}


def read(query):
    """`(Setting, problems)` of an address. What it says wrongly stays as by default, or is moved to the nearest limit; so do the
    data where they are a table that the address does not hold.

    Arguments:
        query: `{name: text}`; unknown names are passed over.

    Returns: The setting, and the problems as from `read_query`.

    >>> setting, problems = read({"data": "spiral", "noise": "7", "hidden": "8-relu", "rate": "fast"})
    >>> setting.data, setting.noise, setting.hidden, problems
    ('spiral', 0.5, ((8, 'relu'),), [('noise', '7', '0.5'), ('rate', 'fast', '0.03')])
    """
    found, problems = read_query(query, _READERS, vars(Setting()), _write)
    if found.get("data") == TABLE and found.get("table") is None:
        found["data"] = Setting.data
    return tidy(Setting(**found)), problems


def tidy(setting):
    """The setting, with what does not go together put right: a loss that the data have no use for, too many classes."""
    own = dict.fromkeys((*setting.own, *(formula for formula in setting.features if formula not in FEATURES)))
    changes = {"own": tuple(formula for formula in own if formula not in FEATURES)[: MAX_FEATURES - len(FEATURES)]}
    changes["features"] = tuple(f for f in (*FEATURES, *changes["own"]) if f in setting.features)
    if setting.loss not in setting.losses:
        changes["loss"] = setting.losses[0]
    if setting.data == "spiral":
        changes["classes"] = min(setting.classes, 6)
    elif setting.data in SETS:
        changes["classes"] = 2
    return Setting(**{**vars(setting), **changes})


# -- readers: the value, and the one that was wanted, as in `read_query` ---------------------------------------------------


def _read_features(text):
    formulas = tuple(dict.fromkeys(text.split(",")[: 2 * MAX_FEATURES])) if len(text) < 4000 else ()
    known = tuple(formula for formula in formulas if _is_formula(formula))[:MAX_FEATURES]
    if not known:
        raise ValueError
    return known, tuple(text.split(","))


def _is_formula(text):
    """Whether it is one, with values all over the plane."""
    try:
        PointFeatures([text]).transform(PLACES)
    except ValueError:
        return False
    return True


def _read_hidden(text):
    if text == "none":
        return (), ()
    parts = [part.partition("-") for part in text.split(",")[: MOST_LAYERS + 1]]
    if any(activation not in ACTIVATIONS or len(units) > 6 for units, _, activation in parts):
        raise ValueError
    wanted = tuple((int(units), activation) for units, _, activation in parts)
    return tuple((min(max(units, 1), MOST_UNITS), activation) for units, activation in wanted[:MOST_LAYERS]), wanted


def _read_drawn(text):
    raw = unpack(text, 4 * MOST_DRAWN + 100, 3 * MOST_DRAWN)
    points = tuple(tuple(part - 128 for part in raw[i : i + 3]) for i in range(0, len(raw), 3))
    if any(len(point) < 3 or -128 in point or not 0 <= point[2] < MOST_CLASSES for point in points):
        raise ValueError(f"Expected points from -127 to 127, with classes under {MOST_CLASSES}. Received: others.")
    return points, points


def _read_table(text):
    table = PlaneTable.unpacked(text)
    return table, table


_READERS = {
    "drawn": _read_drawn,
    "table": _read_table,
    "features": _read_features,
    "own": _read_features,
    "hidden": _read_hidden,
}
_READERS |= {name: read_choice(options) for name, options in CHOICES.items()}
_READERS |= {name: read_number(*bounds, type(getattr(Setting, name))) for name, bounds in BOUNDS.items()}
_READERS |= {name: read_flag for name in ("discretise", "test")}
