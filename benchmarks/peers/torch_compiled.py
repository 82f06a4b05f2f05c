"""PyTorch with `torch.compile` over a whole step: gather, forward, gradients and update in one compiled function."""

import torch

from peers import torch_eager


class Trainer(torch_eager.Trainer):
    def __init__(self, task, data, variant):
        super().__init__(task, data, variant)
        self.params = [param.detach() for param in self.params]  # share memory with the model

        def loss(params, x, y):
            names = (name for name, _ in self.model.named_parameters())
            return self.loss(torch.func.functional_call(self.model, dict(zip(names, params, strict=True)), (x,)), y)

        def step(params, rows):
            grads = torch.func.grad(loss)(params, self.x.index_select(0, rows), self.y.index_select(0, rows))
            for param, grad in zip(params, grads, strict=True):
                param.sub_(grad, alpha=self.learning_rate)

        self._step = torch.compile(step)

    @staticmethod
    def variants(task):
        return ("step, 1 thread", "step")

    @torch.no_grad()
    def train(self, order):
        for rows in torch.from_numpy(order):
            self._step(self.params, rows)
