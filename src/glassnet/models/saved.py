"""What a model leaves in a file, and how it was compiled as plain data."""

from glassnet import losses, optimizers
from glassnet.layers.structure import mapped


class Saved:
    """The part of a model that is written down. It expects of the model what `compile` sets."""

    def save(self, filepath, overwrite=True):
        """Writes the whole model into one safetensors file: configuration, weights, optimiser, preprocessing, history."""
        from glassnet.formats.safetensors import save_model

        save_model(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True):
        """Writes the weights alone into a safetensors file."""
        from glassnet.formats.safetensors import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(self, filepath):
        """Reads weights that `save_weights` or `save` wrote, by name. Raises `ValueError` where they do not fit."""
        from glassnet.formats.safetensors import load_weights

        load_weights(self, filepath)

    def get_compile_config(self):
        """The arguments of `compile` as plain data, or None."""
        if not self.compiled:
            return None
        now = {layer: (layer.trainable, layer.learning_rate_multiplier) for layer in self.every_layer()}
        then = {layer.name: list(setting) for layer, setting in self._settings().items() if setting != now[layer]}
        return {
            "optimizer": optimizers.serialize(self.optimizer),
            "loss": mapped(losses.serialize, self.loss),
            "metrics": mapped(_plain_metric, self._metrics),
            "weighted_metrics": mapped(_plain_metric, self._weighted_metrics),
            **({} if self.loss_weights is None else {"loss_weights": self.loss_weights}),
            **({"layers": then} if then else {}),  # frozen or trained otherwise than they are now
        }

    def compile_from_config(self, configuration):
        """Compiles with what `get_compile_config` returned."""
        from glassnet import metrics

        def metric(identifier):
            return (
                [metric(m) for m in identifier]
                if isinstance(identifier, list)
                else metrics.deserialize(identifier)
                if (isinstance(identifier, dict))
                else identifier
            )

        loss = configuration["loss"]
        self.compile(
            optimizer=optimizers.deserialize(configuration["optimizer"]),
            loss=[losses.deserialize(one) for one in loss] if isinstance(loss, list) else losses.deserialize(loss),
            loss_weights=configuration.get("loss_weights"),
            **{key: metric(configuration.get(key) or []) for key in ("metrics", "weighted_metrics")},
        )
        then = configuration.get("layers", {})
        settings = {layer: then[layer.name] for layer in self.every_layer() if layer.name in then}
        self._compiled_settings.update({layer: (bool(trained), float(factor)) for layer, (trained, factor) in settings.items()})


def _plain_metric(metric):
    from glassnet import metrics

    return metric if isinstance(metric, str) else metrics.serialize(metrics.get(metric))
