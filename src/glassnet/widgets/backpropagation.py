"""Backpropagation, step by step: one example through a small network, with every number, its formula and its proof."""

import functools
import math
import tomllib
from pathlib import Path

import numpy as np
import traitlets

from glassnet.inspect.names import AFTER, DERIVATIVE, split
from glassnet.inspect.walkthrough import Walkthrough
from glassnet.widgets.picture import Packed, Picture

HERE = Path(__file__)
LANGUAGES = ("en", "zh")


@functools.cache
def words():
    """The words of the picture: `{group: {key: {language: text}}}`."""
    return tomllib.loads(HERE.with_suffix(".toml").read_text(encoding="utf-8"))


class Backpropagation(Picture, parts=("place", "network", "card")):
    """One example's way through a network small enough to read: forward, loss, backward, update.

    The arrow keys go forwards and back, layer by layer or neuron by neuron. A click on a neuron, a connection or a number
    shows its formula, the numbers put in, the line of Python, and for derivatives the finite difference.

    Arguments:
        trace: `Trace` of one example with its label, through at most 6 dense layers of at most 8 neurons.
        language: `"en"` or `"zh"` (Chinese).
        traits: Any of the traits below.

    Attributes:
        trace: What is shown; `show` changes it.
        language: May be set at any time.
        position: How many parts have been computed, from 0 to `length`. The browser sets it, too.
        grain: `"layer"` or `"neuron"`: how far one step goes. Set in the browser.
        selected: Reference of the number that is explained, such as `"d dense_1/z[0, 2]"`; set by a click in the browser.
        editable: Whether the browser may set `edited`, `{"reference", "value", "count"}`: a new value that somebody has given
            to a weight, a bias, an input or a target. Nothing happens to the model unless it is observed.
        trains: Whether there is a button that counts `made` up: somebody wants the step to be made.
        whole_page: Whether the arrow keys work when nothing on the page has the focus.

    Raises `ValueError` for a trace of something else.

    >>> from glassnet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, "tanh", name="h"), layers.Dense(1, name="out")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> picture = Backpropagation(model.trace([0.5, -1.0], [0.25]))  # in a notebook, the last line of a cell shows it
    >>> picture.selected = "d h/kernel[0, 1]"
    >>> picture.explanation["python"]
    't["input"][:, 0] @ t["d h/z"][:, 1]'
    """

    network = traitlets.Dict().tag(sync=True)
    values = Packed("float32")
    stops = traitlets.List().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    explanation = traitlets.Dict().tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    grain = traitlets.Enum(("layer", "neuron"), "layer").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    edited = traitlets.Dict().tag(sync=True)
    trains = traitlets.Bool(False).tag(sync=True)
    made = traitlets.Int(0).tag(sync=True)
    whole_page = traitlets.Bool(False).tag(sync=True)
    language = traitlets.Enum(LANGUAGES, "en")

    def __init__(self, trace, language="en", **traits):
        super().__init__(language=language, **traits)
        self.show(trace, self.position)

    def show(self, trace, position=0):
        """Shows another trace. What is selected stays so where there is such a number."""
        walkthrough = Walkthrough(trace)
        self.trace, self.walkthrough = trace, walkthrough
        names = ["input", "target", "loss/values"]
        for column in walkthrough.columns:
            names += dict.fromkeys([column.z, column.a, column.kernel, *([column.bias] if column.bias else [])])
        names = [name for plain in names for name in (plain, DERIVATIVE + plain, AFTER + plain) if name in trace]
        arrays = [np.asarray(trace[name], np.float64) for name in names]
        offsets = np.cumsum([0, *(array.size for array in arrays)]).tolist()
        with self.hold_trait_notifications():
            self.values = np.concatenate([array.ravel() for array in arrays])
            self.network = {
                "inputs": walkthrough.inputs,
                "columns": [vars(column) for column in walkthrough.columns],
                "numbers": {
                    name: {"offset": offset, "shape": list(array.shape)}
                    for name, offset, array in zip(names, offsets, arrays, strict=False)
                },
            }
            self.position = min(position, self.length)
            self._say()

    @property
    def length(self):
        """How many parts there are to be computed."""
        return sum(len(stop.parts) for stop in self.walkthrough.stops)

    # -- words ---------------------------------------------------------------------------------------------------

    def t(self, group, key, **values):
        """A text in the language of the picture; that of the key `other` where the group does not have the key."""
        entries = words()[group]
        return entries.get(key, entries.get("other", {}))[self.language].format(**values)

    @traitlets.observe("language")
    def _translate(self, _):
        if hasattr(self, "walkthrough"):
            self._say()

    def _say(self):
        self.texts = {key: text[self.language] for key, text in words()["labels"].items()}
        told, done = [self._given()], 0
        for stop in self.walkthrough.stops:
            told.append(self._told(stop, done))
            done += len(stop.parts)
        self.stops = told
        self._explain()

    def _given(self):
        title, text = (self.t(group, "given") for group in ("titles", "stories"))
        return {"phase": "given", "layer": "", "kind": "given", "from": 0, "parts": [], "reads": [], "title": title, "text": text}

    def _told(self, stop, done):
        update = self.trace.optimizer_step
        first = stop.layer == self.walkthrough.columns[0].layer
        kind = "to_the_inputs" if stop.kind == "input_gradient" and first else stop.kind
        values = {
            "layer": self.layer(stop.layer) if stop.layer else "",
            "operation": stop.operation.replace("_", " "),
            "loss": f"{self.trace.loss:.4g}",
            "rate": f"{update.learning_rate:.4g}" if stop.kind == "update" else "",
        }
        text = [self.t("stories", kind, **values)]
        group = {"activation": "activations", "activation_gradient": "slopes", "loss": "losses", "update": "optimizers"}
        if stop.kind in group:
            text.append(self.t(group[stop.kind], stop.operation, **values))
        return {
            "phase": stop.phase, "layer": stop.layer, "kind": stop.kind, "from": done, "text": " ".join(filter(None, text)),
            "title": self.t("titles", kind, **values), "parts": [list(part) for part in stop.parts],
            "reads": [list(read) for read in stop.reads],
        }  # fmt: skip

    def layer(self, name):
        """What a layer is called in words: the output layer, hidden layer 2."""
        columns = self.walkthrough.columns
        number = next(k for k, column in enumerate(columns) if column.layer == name)
        if number == len(columns) - 1:
            return self.t("layers", "output")
        return self.t("layers", "hidden" if len(columns) == 2 else "numbered", number=number + 1)

    # -- explanations --------------------------------------------------------------------------------------------

    @traitlets.observe("selected")
    def _explain_selected(self, _):
        if hasattr(self, "walkthrough"):
            self._explain()

    def _explain(self):
        if not self._has(self.selected):  # one of another network, which the browser may have shown until now
            self.selected = ""
        self.explanation = self.explained(self.selected) if self.selected else {}

    def _has(self, reference):
        """Whether there is a number of this name and index."""
        try:
            name, index = split(reference)
        except ValueError:
            return False
        if name not in self.network["numbers"]:
            return False
        shape = self.network["numbers"][name]["shape"]
        return len(index) == len(shape) and all(0 <= i < size for i, size in zip(index, shape, strict=True))

    def explained(self, reference):
        """A number with its formula, Python and proof, as the picture shows it: a dictionary of texts."""
        name, index = split(reference)
        given = name in (self.trace.input.name, "target") or name in self.trace.variables
        told = {"reference": reference, "value": f"{float(self.trace[name][index]):.6g}", "meaning": self._meaning(name, index)}
        if given:
            return told | {"python": f't["{name}"][{", ".join(map(str, index))}]'}
        found = self.trace.explain(reference)
        mathml = found.mathml.replace("<mtext>if </mtext>", f"<mtext>{self.t('labels', 'if')} </mtext>")
        mathml = mathml.replace("<mtext>else</mtext>", f"<mtext>{self.t('labels', 'else')}</mtext>")
        told |= {"mathml": mathml, "python": _unwrapped(found.python)}
        proof = found.total if found.finite_difference is None else found.finite_difference
        if math.isfinite(proof) and math.isfinite(found.value):
            kind = "sum" if found.finite_difference is None else "difference"
            agree = bool(found.error <= 1e-4 * max(1.0, abs(found.value)))
            told |= {"kind": kind, "proof": f"{proof:.6g}", "error": f"{found.error:.1g}", "agree": agree}
        return told

    def _meaning(self, name, index):
        plain = name.removeprefix(DERIVATIVE).removeprefix(AFTER)
        columns = self.walkthrough.columns
        column = next((c for c in columns if plain in (c.kernel, c.bias, c.z, c.a)), None)
        roles = {} if column is None else {column.a: "a", column.z: "z", column.kernel: "w", column.bias: "b"}
        role = roles.get(plain, {self.trace.input.name: "x", "target": "y"}.get(plain, "loss"))
        if role == "w" and column.x == self.trace.input.name:
            role = "w_input"
        what = self.t("numbers", role, i=index[0], o=index[-1], layer=column and self.layer(column.layer))
        if name.startswith(AFTER):
            return self.t("numbers", "new", what=what)
        if name.startswith(DERIVATIVE):
            return self.t("numbers", "delta" if role == "z" else "gradient", what=what)
        return what[:1].upper() + what[1:]


def _unwrapped(line):
    """A line of Python without the parentheses around all of it."""
    if line.startswith("(") and line.endswith(")"):
        depth = 0
        for place, letter in enumerate(line):
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                return line[1:-1] if place == len(line) - 1 else line
    return line
