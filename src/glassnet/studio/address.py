"""What stands behind a page's name in the address: values as texts and back. Anybody may have written it."""

import math

LONGEST_NUMBER = 24
"""Characters: as many as Python needs for any float."""


def written(value):
    """A value as the text that gives it again, to the bit.

    >>> written(0.03), written(5.0), written(True), written("tanh")
    ('0.03', '5', '1', 'tanh')
    """
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(int(value) if isinstance(value, bool) else value)


def read_query(query, readers, usual, write=lambda name, value: written(value)):
    """What an address says, checked. What it says wrongly becomes what is usual, or is moved to the nearest limit.

    Arguments:
        query: `{name: text}`; names without a reader are passed over.
        readers: `{name: reader}`; `reader(text)` gives the value and the one that was wanted, which differ where a limit was in
            the way, or raises `ValueError`.
        usual: `{name: value}` to take where the text is wrong.
        write: `write(name, value)` gives the text of a value.

    Returns: `{name: value}` of what the address says, and `[(name, what it says, what is taken instead)]`, texts of at most 40
    characters.

    >>> readers = {"rate": read_number(0.0, 10.0), "loss": read_choice(("squared", "absolute"))}
    >>> read_query({"rate": "99", "loss": "x"}, readers, {"loss": "squared"})
    ({'rate': 10.0, 'loss': 'squared'}, [('rate', '99', '10'), ('loss', 'x', 'squared')])
    """
    found, problems = {}, []
    for name, reader in readers.items():
        text = query.get(name)
        if text is None:
            continue
        try:
            value, wanted = reader(str(text))
            right = value == wanted
        except ValueError:
            value, right = usual[name], False
        found[name] = value
        if not right:
            problems.append(problem(name, text, write(name, value)))
    return found, problems


def problem(name, said, taken):
    """An entry of the list of what an address says wrongly."""
    return name, str(said)[:40], taken[:40]


# -- readers ---------------------------------------------------------------------------------------------------------------


def read_choice(options):
    """Reads one of some texts."""

    def read(text):
        if text not in options:
            raise ValueError(f"Expected one of {', '.join(options)}. Received: {text[:40]!r}.")
        return text, text

    return read


def read_number(low, high, kind=float):
    """Reads a number, of the type `kind`, from `low` to `high`."""

    def read(text):
        if len(text) > LONGEST_NUMBER or "_" in text:  # Python's own notation, which no address means
            raise ValueError(f"Expected a number. Received: {text[:40]!r}.")
        wanted = kind(text)
        if not math.isfinite(wanted):
            raise ValueError(f"Expected a finite number. Received: {text!r}.")
        return min(max(wanted, kind(low)), kind(high)), wanted

    return read


def read_flag(text):
    """Reads 0 or 1, off or on."""
    value, _ = read_choice(("0", "1"))(text)
    return value == "1", value == "1"
