"""Settings of the whole program: the default dtype and epsilon."""

_settings = {"floatx": "float32", "epsilon": 1e-7}


def floatx():
    """The dtype of layers that are not given one."""
    return _settings["floatx"]


def set_floatx(dtype):
    """Sets the default dtype.

    Arguments:
        dtype: `"float32"` or `"float64"`.

    >>> set_floatx("float64"); floatx()
    'float64'
    >>> set_floatx("float32")
    """
    _settings["floatx"] = check_dtype(dtype)


def epsilon():
    """The small number that keeps logarithms and quotients finite."""
    return _settings["epsilon"]


def check_dtype(dtype):
    """`"float32"` or `"float64"`; raises `ValueError` for anything else."""
    if str(dtype) not in ("float32", "float64"):
        raise ValueError(f"Expected the dtype 'float32' or 'float64'. Received: {dtype!r}.")
    return str(dtype)
