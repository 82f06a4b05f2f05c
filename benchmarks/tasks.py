"""The benchmark's networks, data and given weights, and what training must reach, computed independently in NumPy."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MNIST = Path(__file__).parents[1] / "src/glassnet/datasets/data/mnist"
EPOCH_ROWS = 59_904  # the most rows of MNIST that batches of 32 and of 128 both divide
CHECK_STEPS = 100


@dataclass(frozen=True)
class Task:
    """One network with its data and settings; every peer trains it by plain SGD from the same weights.

    The last layer is a sigmoid with binary cross-entropy if it has one unit, else a softmax with cross-entropy.
    """

    sizes: tuple[int, ...]
    batch_size: int
    activation: str
    learning_rate: float
    data: str
    bar: float

    @property
    def name(self):
        return "-".join(map(str, self.sizes))

    @property
    def products(self):
        """Shapes (M, K, N) of the matrix products of one training step: forward, kernel gradient, input gradient."""
        B, shapes = self.batch_size, []
        for layer, (inputs, units) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            shapes += [(B, inputs, units), (inputs, B, units)]
            if layer > 0:  # nobody needs the derivative by the data
                shapes.append((B, units, inputs))
        return shapes


TASKS = {
    task.name: task
    for task in (
        Task((8, 1), 5, "sigmoid", 0.5, "parity", 3.0),
        Task((2, 4, 2, 1), 10, "tanh", 0.1, "circle", 3.0),
        Task((784, 10, 10), 32, "sigmoid", 0.5, "mnist", 2.5),
        Task((784, 16, 16, 10), 32, "sigmoid", 0.5, "mnist", 2.5),
        Task((784, 128, 10), 128, "relu", 0.3, "mnist", 1.1),
        Task((784, 512, 512, 10), 128, "relu", 0.1, "mnist", 1.0),
    )
}


@dataclass(frozen=True)
class Data:
    """Rows of one data set. `scale` times `raw` is the float32 `x` that the peers train on."""

    raw: np.ndarray
    y: np.ndarray
    test_raw: np.ndarray
    test_y: np.ndarray
    scale: float
    weights: list[np.ndarray]
    orders: np.ndarray

    @property
    def x(self):
        return self.raw.astype(np.float32) * np.float32(self.scale)

    @property
    def test_x(self):
        return self.test_raw.astype(np.float32) * np.float32(self.scale)

    def order(self, epoch, batch_size):
        """Row numbers of one epoch, (steps, batch_size), int32; the same for every peer."""
        return self.orders[epoch % len(self.orders)].reshape(-1, batch_size)


def _idx(name, header):
    with gzip.open(MNIST / f"{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def digits():
    """Images (rows, 784) as bytes and labels of training and test, and what to scale the bytes by."""
    x, test_x = (_idx(f"{part}-images-idx3-ubyte", 16).reshape(-1, 784) for part in ("train", "t10k"))
    y, test_y = (_idx(f"{part}-labels-idx1-ubyte", 8) for part in ("train", "t10k"))
    return x[:EPOCH_ROWS], y[:EPOCH_ROWS], test_x, test_y, 1 / 255


def _rows(kind, rng):
    if kind == "mnist":
        return digits()
    if kind == "parity":
        numbers = np.arange(256)
        drawn = rng.integers(256, size=20_000)
        bits = (numbers[:, None] >> np.arange(7, -1, -1) & 1).astype(np.float32)
        return bits[drawn], numbers[drawn] % 2, bits, numbers % 2, 1.0
    points = rng.uniform(-1, 1, (22_000, 2)).astype(np.float32)
    inside = (points**2).sum(1) < 2 / np.pi  # half of the square's area
    return points[:20_000], inside[:20_000], points[20_000:], inside[20_000:], 1.0


def write(task, path):
    """Write the data, starting weights (Glorot uniform) and the order of the batches of `task` to an .npz file."""
    rng = np.random.default_rng(23)
    x, y, test_x, test_y, scale = _rows(task.data, rng)
    arrays = {"raw": x, "y": y.astype(np.int32), "test_raw": test_x, "test_y": test_y.astype(np.int32), "scale": scale}
    for layer, (inputs, units) in enumerate(zip(task.sizes, task.sizes[1:], strict=False)):
        limit = np.sqrt(6 / (inputs + units))
        arrays[f"weight_{2 * layer}"] = rng.uniform(-limit, limit, (inputs, units)).astype(np.float32)
        arrays[f"weight_{2 * layer + 1}"] = np.zeros(units, np.float32)
    arrays["orders"] = np.stack([rng.permutation(len(x)) for _ in range(20)]).astype(np.int32)
    np.savez(path, **arrays)


def read(path):
    """The `Data` in an .npz file that `write` made."""
    with np.load(path) as file:
        weights = [file[f"weight_{i}"] for i in range(sum(name.startswith("weight_") for name in file.files))]
        names = ("raw", "y", "test_raw", "test_y", "orders")
        return Data(**{name: file[name] for name in names}, scale=float(file["scale"]), weights=weights)


def _forward(task, weights, x):
    outputs = [x]
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        z = outputs[-1] @ kernel + bias
        if len(outputs) == len(weights) // 2:
            return outputs, z
        outputs.append({"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": _sigmoid}[task.activation](z))
    raise ValueError("Expected at least one kernel and one bias. Received: none.")


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def loss(task, weights, x, y):
    """Mean cross-entropy of a network with these weights, in float64."""
    _, z = _forward(task, [w.astype(np.float64) for w in weights], x)
    if task.sizes[-1] == 1:
        z = z[:, 0]
        return float(np.mean(np.logaddexp(0, z) - y * z))
    return float(np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]))


def reference_loss(task, data):
    """The test loss after the first CHECK_STEPS batches, trained here in NumPy and float64."""
    weights = [w.astype(np.float64) for w in data.weights]
    slope = {"relu": lambda a: a > 0, "tanh": lambda a: 1 - a * a, "sigmoid": lambda a: a * (1 - a)}[task.activation]
    x = data.x
    for rows in data.order(0, task.batch_size)[:CHECK_STEPS]:
        outputs, z = _forward(task, weights, x[rows].astype(np.float64))
        if task.sizes[-1] == 1:
            dz = _sigmoid(z) - data.y[rows][:, None]
        else:
            dz = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True)) - np.eye(task.sizes[-1])[data.y[rows]]
        dz /= len(rows)
        for layer in reversed(range(len(outputs))):
            a, kernel = outputs[layer], weights[2 * layer]
            da = dz @ kernel.T
            weights[2 * layer] = kernel - task.learning_rate * (a.T @ dz)
            weights[2 * layer + 1] = weights[2 * layer + 1] - task.learning_rate * dz.sum(0)
            dz = da * slope(a)
    return loss(task, weights, data.test_x, data.test_y)
