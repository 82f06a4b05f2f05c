"""What a model is given to learn from or to judge, checked before any work: arrays for each of its inputs and outputs."""

from glassnet.examples import by_name, check_inputs, check_weights, class_weights, count, only


class ModelData:
    """The part of a model that checks data. It expects of the model: names and shapes of inputs and outputs, `build`, `dtype`,
    and what `compile` sets."""

    def _data(self, x, y=None, sample_weight=None, class_weight=None, need_y=True):
        """Data as the program reads them: x, y and weights, each an array or, of several inputs or outputs, a tuple.

        Raises `ValueError` that says what is wrong with them.
        """
        x = self._checked_inputs(x)
        if not need_y:
            return x, None, None
        if y is None:
            raise ValueError(f"Model '{self.name}' expected labels y beside x. Received: None.")
        names, owner, examples = self.output_names, f"Model '{self.name}'", count(x)
        if len(names) == 1:
            y = self._checked_target(only(y, names), self.loss, self.output_shape, examples)
            weights = None if sample_weight is None else check_weights(only(sample_weight, names), examples)
        else:
            y = self._for_losses(y)
            parts = zip(names, by_name(y, names, "y", owner), self._losses, self.output_shape, strict=True)
            y = tuple(None if loss is None else self._checked_target(t, loss, shape, examples, n) for n, t, loss, shape in parts)
            weights = self._output_weights(sample_weight, examples)
        if class_weight is not None:
            if len(names) > 1:
                raise ValueError(f"{owner} expected no class_weight, as it has several outputs. Give sample_weight for each.")
            by_class = class_weights(class_weight, y)
            weights = by_class if weights is None else weights * by_class
        return x, y, weights

    def _checked_inputs(self, x):
        built, names = self.built, self.input_names
        if not built or len(names) == 1:
            shape = self.input_shape[1:] if built else None
            x = check_inputs(only(x, names), shape, self.name, self._first_layer(), self.dtype)
            if not built:
                self.build((None, *x.shape[1:]))
            return x
        owner = f"Model '{self.name}'"
        parts = zip(names, by_name(x, names, "x", owner), self.input_shape, strict=True)
        x = tuple(
            check_inputs(part, shape[1:], self.name, f"{owner}, input '{name}',", self.dtype, f"x for '{name}'")
            for name, part, shape in parts
        )
        if len(set(map(len, x))) > 1:
            counts = ", ".join(f"{len(part)} for {name}" for name, part in zip(names, x, strict=True))
            raise ValueError(f"{owner} expected as many examples for each input. Received: {counts}.")
        return x

    def _checked_target(self, y, loss, shape, examples, name=None):
        try:
            y = loss.check_target(y, shape[1:])
        except ValueError as error:
            raise ValueError(f"Output '{name}': {error}") if name else error from None
        if examples != len(y):
            where = f" for '{name}'" if name else ""
            raise ValueError(f"Expected as many labels as examples. Received: {examples} examples in x, {len(y)} in y{where}.")
        return y

    def _for_losses(self, y):
        """y with None for outputs without a loss, where it was given for the others alone."""
        trained = [name for name, loss in zip(self.output_names, self._losses, strict=True) if loss is not None]
        if isinstance(y, dict):
            return {**dict.fromkeys(self.output_names), **y}
        if len(trained) == 1 and not isinstance(y, list | tuple):
            y = [y]
        if isinstance(y, list | tuple) and len(y) == len(trained) < len(self.output_names):
            found = dict(zip(trained, y, strict=True))
            return [found.get(name) for name in self.output_names]
        return y

    def _output_weights(self, sample_weight, examples):
        """Weights by output; one array is for all of them. None where there are none at all."""
        if sample_weight is None:
            return None
        names = self.output_names
        given = isinstance(sample_weight, list | tuple | dict)
        parts = by_name(sample_weight, names, "sample_weight", f"Model '{self.name}'") if given else [sample_weight] * len(names)
        return tuple(
            None if w is None or loss is None else check_weights(w, examples) for w, loss in zip(parts, self._losses, strict=True)
        )
