"""The windows of a model: what shows its layers, its numbers, and why they are what they are."""


class Looking:
    """The part of a model that is looked into. Each window is a module of `inspect`, imported when it is opened."""

    def trace(self, x, y=None, sample_weight=None, training=False):
        """Runs examples forward, through the loss and backward, and gives every number by name; see `inspect.trace`."""
        from glassnet.inspect.trace import trace

        return trace(self, x, y, sample_weight, training)

    @property
    def why(self):
        """The why questions: `model.why.contributions(x)`, `model.why.neuron("dense[5]", x)`, ...; see `inspect.why`."""
        from glassnet.inspect.why import Why

        return Why(self)

    def landscape(self, x, y, directions="random", **options):
        """The loss along one or two directions through the parameters; see `inspect.landscape`."""
        from glassnet.inspect.landscape import landscape

        return landscape(self, x, y, directions, **options)

    def diagnose(self, x, y, validation_data=None):
        """Looks for what keeps the network from learning, and for cures; see `inspect.doctor`."""
        from glassnet.inspect.doctor import diagnose

        return diagnose(self, x, y, validation_data)

    def report(self, x, y, path, class_names=None, validation_data=None):
        """Writes one HTML file, without anything from elsewhere, on how the network was trained and how good it is."""
        from glassnet.inspect.report import report

        return report(self, x, y, path, class_names, validation_data)

    def to_python(self, data=None):
        """A Python script that rebuilds and retrains the model to the same bits; see `inspect.python_script`."""
        from glassnet.inspect.python_script import to_python

        return to_python(self, data)

    def summary(self, line_length=None, *, print_fn=None):
        """Prints the layers with their output shapes and numbers of parameters."""
        from glassnet.summary import summary

        summary(self, line_length, print_fn)

    def plot(self):
        """The layers as boxes with their shapes, joined by arrows: shows itself in a notebook, and is SVG by `str`."""
        from glassnet.inspect.graph_picture import GraphPicture

        return GraphPicture(self)

    def _repr_html_(self):
        from glassnet.inspect.notebook import model_html

        return model_html(self)
