"""An answer of a network explained for people and for programs: what made it, what would change it, what would be better."""

from glassnet.cli.output import described, is_picture, percent, write_lines

SHOWN, WISHES = 8, 100
"""How many inputs and neurons are listed, and of how many numbers of each kind a program is told what they should do; the
strongest come first."""


def trace_of(model, example):
    """The trace of an `Example`, with its label or else with what the model says as its label.

    Without a loss, or with numbers that have no label, it is of the way forward only.
    """
    return model.trace(example.x, label_of(model, example) if model.compiled else None)


def label_of(model, example):
    """The label of an `Example`; where it has none, the class that the model names, and None for numbers."""
    import numpy as np

    from glassnet.cli.network import fit_targets, shares

    if example.label is not None:
        return example.label
    if len(model.output_names) > 1:
        return None
    probabilities = shares(model, _predicted(model, example))
    return None if probabilities is None else fit_targets(model, np.array([probabilities[0].argmax()]))[0]


def _predicted(model, example):
    """The model's output for an `Example`, (1, ...)."""
    from glassnet.examples import of_each
    from glassnet.layers.structure import flatten

    return flatten(model.predict(of_each(lambda array: array[None], example.x), verbose=0))[0]


class Answer:
    """What is said of one answer of a model with one output.

    Arguments:
        model: A model.
        example: `Example`.
    """

    def __init__(self, model, example):
        from math import inf

        from glassnet.cli.network import class_names, shares
        from glassnet.examples import several

        if len(model.output_names) > 1:
            raise ValueError(
                f"Expected a model with one output to explain its answer. '{model.name}' has {', '.join(model.output_names)}. "
                f"Explain a number, such as --number '{model.output_names[0]}/z[0]', or ask one of them in Python: "
                f"model.why.integrated_gradients(x, of='{model.output_names[0]}')."
            )
        self.model, self.example = model, example
        outputs = _predicted(model, example)
        probabilities = shares(model, outputs)
        self.probabilities = None if probabilities is None else probabilities[0]
        self.names = None if probabilities is None else class_names(model, len(self.probabilities))
        self.output = outputs[0]
        self.attribution, self.no_attribution = _or_why_not(lambda: model.why.integrated_gradients(example.x))
        self.sums = model.why.contributions(example.x)
        strongest = self.sums.ranked(1)[0].name
        self.below = None if self.sums.source.rpartition("/")[2] == "input" else self._sums_of(strongest)
        self.change, self.no_change = None, None
        if self.names is not None:
            bytes_given = [array.dtype.name == "uint8" for array in several(example.x)]
            low, high = ([end if given else no for given in bytes_given] for end, no in ((0, -inf), (255, inf)))
            low, high = (ends if len(ends) > 1 else ends[0] for ends in (low, high))
            self.change, self.no_change = _or_why_not(lambda: model.why.counterfactual(example.x, low=low, high=high))
        trace = trace_of(model, example)
        self.nudges = trace.nudges(0) if "loss" in trace else None

    def _sums_of(self, name):
        """The summands of a neuron that contributed; None where it is no weighted sum, such as behind a pooling."""
        try:
            return self.sums.of(name)
        except ValueError:
            return None

    @property
    def wanted(self):
        """What the nudges want to be said, in words."""
        if self.names is None:
            few = self.example.label.size == 1
            return f"nearer to {self.example.label.item():.4g}" if few else "nearer to what it should say"
        label = label_of(self.model, self.example)
        number = int(label.argmax()) if getattr(label, "size", 1) > 1 else int(label.item())
        return f"surer of {self.names[number]}"

    def input_name(self, name):
        """`input[3]` as the name of that feature, where the inputs have names."""
        features = getattr(self.model.preprocessing, "feature_names", None)
        place = name.removeprefix("input[").removesuffix("]")
        return features[int(place)] if features is not None and place.isdecimal() else name

    # -- for programs ------------------------------------------------------------------------------------------------------

    def document(self, model):
        from glassnet.layers.structure import mapped

        said = {"output": self.output.tolist()} if self.names is None else described(self.probabilities, self.names)
        document = {"model": model, "input": self.example.name, **said}
        if self.attribution is not None:
            document["inputs"] = {self.input_name(name): value for name, value in self.attribution.ranked()}
        document["neurons"] = [_summands(sums) for sums in (self.sums, self.below) if sums is not None]
        if self.change is not None:
            document["smallest_change"] = {
                "answer": self.names[self.change.answer],
                "new_answer": self.names[self.change.new_answer],
                "length": self.change.norm,
                "change": mapped(lambda array: array.tolist(), self.change.change),
            }
        if self.nudges is not None:
            document["wanted"] = self.wanted
            document["nudges"] = {
                "outputs": {nudge.name: nudge.strength for nudge in self.nudges.outputs},
                **{layer: _wishes(self.nudges[layer]) for layer in self.nudges},
            }
        return document

    # -- for people --------------------------------------------------------------------------------------------------------

    def show(self, console):
        self._show_answer(console)
        self._show_inputs(console)
        for sums in (self.sums, self.below):
            if sums is not None:
                direct = sums.source.rpartition("/")[2] == "input"
                _title(console, f"Which {'inputs' if direct else 'neurons'} made {sums.name}")
                _show_sum(console, sums)
        if self.names is not None:
            _title(console, "What would change the answer")
            if self.change is not None:
                answer, new = self.names[self.change.answer], self.names[self.change.new_answer]
                console.print(f"  {answer} becomes {new} by a change of length {self.change.norm:.4g}; the largest parts:")
                self._show_values(console, self.change.change)
            else:
                console.print(f"  {self.no_change}")
        if self.nudges:  # there are some of dense layers only
            _title(console, f"What would make it {self.wanted}")
            _show_nudges(console, self.nudges)

    def _show_answer(self, console):
        from glassnet.cli.output import show_prediction

        if self.names is None:
            meaning = self.output
            if self.model.preprocessing is not None:
                meaning = self.model.preprocessing.inverse_target(self.output[None])
            console.print(f"{self.example.name}  ", end="")
            console.print("  ".join(f"{value:.6g}" for value in meaning.ravel()), style="bold")
            return
        if console.is_terminal and self._is_picture:
            show_prediction(console, self._picture(self.example.x), self.probabilities, self.names)
        best = int(self.probabilities.argmax())
        console.print(f"{self.example.name}  ", end="")
        console.print(f"{self.names[best]}  {percent(self.probabilities[best])}", style="bold")

    def _show_inputs(self, console):
        _title(console, "Which inputs made the answer (integrated gradients from an input of zeros)")
        if self.attribution is None:
            console.print(f"  {self.no_attribution}")
        else:
            self._show_values(console, self.attribution.values)

    def _show_values(self, console, values):
        """The largest numbers that inputs have; of a picture on a terminal all of them, as a picture."""
        from glassnet.terminal import signed_picture

        if console.is_terminal and self._is_picture and console.color_system is not None:
            write_lines(console, signed_picture(self._picture(values)))
            console.print("  blue adds, orange takes away", style="dim")
            return
        import numpy as np

        from glassnet.inspect.example import Inputs
        from glassnet.layers.structure import flatten

        inputs, arrays = Inputs(self.model), [part[None] for part in flatten(values)]
        values = inputs.joined(tuple(arrays) if len(arrays) > 1 else arrays[0])[0]
        order = abs(values).ravel().argsort(kind="stable")[::-1][:SHOWN]
        places = [tuple(map(int, np.unravel_index(at, values.shape))) for at in order]
        _show_table(console, [(self.input_name(inputs.name(at)), f"{values[at]:+.4g}") for at in places if values[at]])

    @property
    def _is_picture(self):
        return len(self.model.input_names) == 1 and is_picture(self.example.x)

    def _picture(self, values):
        return values.reshape(values.shape[:2])


def _or_why_not(ask):
    """An answer and None, or None and the words in which it was refused."""
    try:
        return ask(), None
    except ValueError as error:
        return None, str(error)


def _title(console, text):
    console.print()
    console.print(text, style="bold")


def _show_table(console, rows):
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]) if rows else 0)]
    for row in rows:
        console.print("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _show_sum(console, sums):
    shown = sums.ranked(SHOWN)
    rows = [("bias", f"{sums.bias:+.4g}", "")]
    rows += [(part.name, f"{part.value:+.4g}", f"{part.weight:.4g} * {part.activation:.4g}") for part in shown]
    others = len(sums) - len(shown)
    if others:
        rest = sums.total - sums.bias - sum(part.value for part in shown)
        rows.append((f"the other {others}", f"{rest:+.4g}", ""))
    rows.append(("together", f"{sums.total:+.4g}", ""))
    _show_table(console, rows)


def _summands(sums):
    return {
        "name": sums.name,
        "value": sums.total,
        "bias": sums.bias,
        "parts": [{"name": p.name, "weight": p.weight, "activation": p.activation, "value": p.value} for p in sums.ranked()],
    }


WAYS = {"neurons": "neurons", "bias": "1. bias", "kernel": "2. weights", "below": "3. inputs"}
"""The three ways to get what a layer's neurons want, and how they are called on screen."""


def _ways(layer):
    """The ways that there are: a layer may have no bias."""
    return [way for way in WAYS if way != "bias" or layer.bias is not None]


def _wishes(layer):
    return {way: {nudge.name: nudge.strength for nudge in layer.ranked(way, WISHES)} for way in _ways(layer)}


def _show_nudges(console, nudges):
    for name in nudges:  # the last layer first: its neurons are the outputs
        layer = nudges[name]
        console.print(f"  {name}")
        rows = [(f"  {WAYS[way]}", ", ".join(map(str, layer.ranked(way, 4)))) for way in _ways(layer)]
        _show_table(console, rows)
