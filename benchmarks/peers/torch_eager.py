"""PyTorch, eager: batches by `index_select`, autograd, then `torch.optim.SGD` or one foreach update."""

import torch
from torch import nn
from torch.nn import functional

THREADS = torch.get_num_threads()
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


class Trainer:
    def __init__(self, task, data, variant):
        self.data, self.learning_rate = data, task.learning_rate
        self.threads = 1 if "1 thread" in variant else THREADS
        self.x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
        binary = task.sizes[-1] == 1
        self.y = y.float()[:, None] if binary else y.long()
        self.loss = functional.binary_cross_entropy_with_logits if binary else functional.cross_entropy
        modules = []
        for inputs, units in zip(task.sizes, task.sizes[1:], strict=False):
            modules += [nn.Linear(inputs, units), ACTIVATIONS[task.activation]()]
        self.model = nn.Sequential(*modules[:-1])
        self.params = list(self.model.parameters())
        self.foreach = "foreach" in variant
        self.optimizer = torch.optim.SGD(self.params, lr=task.learning_rate, fused=True)
        self.reset()

    @staticmethod
    def variants(task):
        return ("SGD, 1 thread", "SGD", "foreach, 1 thread", "foreach")

    def reset(self):
        torch.set_num_threads(self.threads)
        with torch.no_grad():
            for param, weight in zip(self.params, self.data.weights, strict=True):
                param.copy_(torch.from_numpy(weight.T))

    def train(self, order):
        for rows in torch.from_numpy(order):
            loss = self.loss(self.model(self.x.index_select(0, rows)), self.y.index_select(0, rows))
            if self.foreach:
                grads = torch.autograd.grad(loss, self.params)
                with torch.no_grad():
                    torch._foreach_add_(self.params, grads, alpha=-self.learning_rate)
            else:
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                self.optimizer.step()

    def epoch(self, order):
        self.train(order)

    def weights(self):
        return [param.detach().numpy().T.copy() for param in self.params]

    @torch.inference_mode()
    def predict(self, x):
        return self.model(torch.from_numpy(x)).numpy()

    predict_one = predict
