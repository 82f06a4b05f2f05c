"""scikit-learn's `MLPClassifier`, one epoch by `partial_fit`."""

import numpy as np
import threadpoolctl
from sklearn.neural_network import MLPClassifier

THREADS = max(library["num_threads"] for library in threadpoolctl.threadpool_info())


class Trainer:
    def __init__(self, task, data, variant):
        self.data, self.x = data, data.x
        classes = np.arange(max(2, task.sizes[-1]))
        self.threads = 1 if "1 thread" in variant else THREADS
        self.model = MLPClassifier(
            task.sizes[1:-1],
            activation={"sigmoid": "logistic"}.get(task.activation, task.activation),
            solver="sgd",
            alpha=0,
            momentum=0,
            batch_size=task.batch_size,
            learning_rate_init=task.learning_rate,
        )
        self.model.partial_fit(self.x[: task.batch_size], data.y[: task.batch_size], classes=classes)
        self.reset()

    @staticmethod
    def variants(task):
        return ("partial_fit, 1 thread", "partial_fit")

    def reset(self):
        threadpoolctl.threadpool_limits(self.threads)
        for param, weight in zip(self._params(), self.data.weights, strict=True):
            param[...] = weight

    def _params(self):
        return [w for layer in zip(self.model.coefs_, self.model.intercepts_, strict=True) for w in layer]

    def train(self, order):
        self.model.shuffle = False
        self.model.partial_fit(self.x[order.ravel()], self.data.y[order.ravel()])

    def epoch(self, order):
        self.model.shuffle = True
        self.model.partial_fit(self.x, self.data.y)

    def weights(self):
        return self._params()

    def predict(self, x):
        return self.model.predict_proba(x)

    predict_one = predict
