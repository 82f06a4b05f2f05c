"""JAX: a whole epoch is one compiled `lax.scan` over the steps, with the data kept on the device."""

import jax
import jax.numpy as jnp
import numpy as np

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}


class Trainer:
    def __init__(self, task, data, variant):
        self.task, self.data, self.batch_size = task, data, task.batch_size
        bytes_ = "uint8" in variant
        self.x = jnp.asarray(data.raw if bytes_ else data.x)
        self.y = jnp.asarray(data.y)
        scale = jnp.float32(data.scale)
        activation = ACTIVATIONS[task.activation]

        def rows(x, y, indices):
            x = x.at[indices].get(mode="promise_in_bounds")
            return x, y.at[indices].get(mode="promise_in_bounds")

        def scores(params, x):
            for kernel, bias in params[:-1]:
                x = activation(self.product(x, kernel) + bias)
            kernel, bias = params[-1]
            return self.product(x, kernel) + bias

        def loss(params, x, y):
            z = scores(params, x)
            if task.sizes[-1] == 1:
                z = z[:, 0]
                return jnp.mean(jnp.maximum(z, 0) - y * z + jnp.log1p(jnp.exp(-jnp.abs(z))))
            return -jnp.mean(jnp.sum(jax.nn.log_softmax(z) * jax.nn.one_hot(y, z.shape[1]), axis=1))

        def step(params, batch):
            x, y = batch
            grads = jax.grad(loss)(params, x.astype(jnp.float32) * scale if bytes_ else x, y)
            return jax.tree.map(lambda p, g: p - task.learning_rate * g, params, grads), None

        def gather_in_loop(params, x, y, order):
            return jax.lax.scan(lambda p, i: step(p, rows(x, y, i)), params, order, unroll=4 if "x4" in variant else 1)

        def gather_first(params, x, y, order):
            batches = jax.tree.map(lambda a: a.reshape(*order.shape, *a.shape[1:]), rows(x, y, order.ravel()))
            return jax.lax.scan(step, params, batches)

        self._train = jax.jit(gather_first if "first" in variant else gather_in_loop)
        self._scores = jax.jit(scores)
        self.reset()

    @staticmethod
    def variants(task):
        ways = ("scan", "scan x4", "gather first, scan")
        return ways if task.data != "mnist" else (*ways, "scan uint8", "scan x4 uint8", "gather first, scan uint8")

    @staticmethod
    def product(x, kernel):
        return x @ kernel

    def reset(self):
        kernels, biases = self.data.weights[::2], self.data.weights[1::2]
        params = [(jnp.array(kernel), jnp.array(bias)) for kernel, bias in zip(kernels, biases, strict=True)]
        self.params = jax.block_until_ready(params)

    def train(self, order):
        self.params = jax.block_until_ready(self._train(self.params, self.x, self.y, order)[0])

    epoch = train

    def weights(self):
        return [np.asarray(w) for layer in self.params for w in layer]

    def predict(self, x):
        return np.asarray(self._scores(self.params, x))

    predict_one = predict
