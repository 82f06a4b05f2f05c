"""PyTorch, eager, on the networks of `families`: as its own modules, with images in either memory format."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

THREADS = torch.get_num_threads()


class LastStep(nn.Module):
    """The output of a recurrent module at the last step. Of its two biases, which train as one, the second is kept at 0."""

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent

    def forward(self, x):
        return self.recurrent(x)[0][:, -1]


class Builder:
    """The modules of a family, with Keras's weights in PyTorch's layouts."""

    def __init__(self, family, weights):
        self.weights, self.modules = iter([torch.from_numpy(weight) for weight in weights]), []
        self.channels = family.input_shape[-1]
        self.flattened = None
        for kind, arguments in family.layers:
            getattr(self, kind)(**arguments)
        self.model = nn.Sequential(*self.modules)

    def _add(self, module, **values):
        with torch.no_grad():
            for name, value in values.items():
                module.get_parameter(name).copy_(value)
        self.modules.append(module)

    def Conv2D(self, filters, kernel_size, activation, padding="valid"):  # noqa: N802 - Keras's names
        kernel, bias = next(self.weights), next(self.weights)
        module = nn.Conv2d(self.channels, filters, kernel_size, padding=padding)
        self._add(module, weight=kernel.permute(3, 2, 0, 1), bias=bias)
        self.Activation(activation)
        self.channels = filters

    def MaxPooling2D(self):  # noqa: N802
        self.modules.append(nn.MaxPool2d(2))

    def Flatten(self):  # noqa: N802
        self.modules.append(nn.Flatten())
        self.flattened = self.channels

    def Dense(self, units, activation):  # noqa: N802
        kernel, bias = next(self.weights), next(self.weights)
        if self.flattened:  # channels come first in a flattened image
            kernel = kernel.reshape(-1, self.flattened, units).transpose(0, 1).reshape(-1, units)
            self.flattened = None
        self._add(nn.Linear(len(kernel), units), weight=kernel.T, bias=bias)
        self.Activation(activation)
        self.channels = units

    def Activation(self, activation):  # noqa: N802
        if activation:
            self.modules.append({"relu": nn.ReLU}[activation]())

    def BatchNormalization(self):  # noqa: N802
        gamma, beta, _, _ = (next(self.weights) for _ in range(4))
        self._add(nn.BatchNorm1d(self.channels, eps=1e-3, momentum=0.01), weight=gamma, bias=beta)

    def LSTM(self, units):  # noqa: N802
        self._recurrent(nn.LSTM(self.channels, units, batch_first=True), [0, 1, 2, 3])

    def GRU(self, units):  # noqa: N802
        self._recurrent(nn.GRU(self.channels, units, batch_first=True), [1, 0, 2])

    def _recurrent(self, module, gates):
        kernel, recurrent, bias = (next(self.weights) for _ in range(3))
        units = len(recurrent)
        kernel, recurrent, bias = (
            torch.cat([w[..., gate * units : (gate + 1) * units] for gate in gates], -1) for w in (kernel, recurrent, bias)
        )
        inner = bias[1] if bias.ndim == 2 else torch.zeros_like(bias)
        bias = bias[0] if bias.ndim == 2 else bias
        self._add(module, weight_ih_l0=kernel.T, weight_hh_l0=recurrent.T, bias_ih_l0=bias, bias_hh_l0=inner)
        if isinstance(module, nn.LSTM):
            module.bias_hh_l0.requires_grad_(False)
        self.modules[-1] = LastStep(module)
        self.channels = units


class Trainer:
    def __init__(self, family, data, variant):
        self.threads = 1 if "1 thread" in variant else THREADS
        self.model = Builder(family, data.weights).model
        self.format = torch.channels_last if "channels_last" in variant else torch.contiguous_format
        self.images = len(family.input_shape) == 3
        if self.images:
            self.model = self.model.to(memory_format=self.format)
        self.x, self.y = self._images(data.x), torch.from_numpy(data.y).long()
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.SGD(trained, lr=family.learning_rate, fused=True)

    @staticmethod
    def variants(family):
        formats = ("", "channels_last, ") if len(family.input_shape) == 3 else ("",)
        return tuple(f"{form}{threads}" for form in formats for threads in ("1 thread", "2 threads"))

    def _images(self, x):
        x = torch.from_numpy(np.ascontiguousarray(x))
        return x.permute(0, 3, 1, 2).contiguous(memory_format=self.format) if self.images else x

    def train(self, order):
        torch.set_num_threads(self.threads)
        self.model.train()
        for rows in torch.from_numpy(order):
            self.optimizer.zero_grad(set_to_none=True)
            functional.cross_entropy(self.model(self.x.index_select(0, rows)), self.y.index_select(0, rows)).backward()
            self.optimizer.step()

    epoch = train

    @torch.inference_mode()
    def predict(self, x):
        self.model.eval()
        return self.model(self._images(x)).numpy()

    predict_one = predict
