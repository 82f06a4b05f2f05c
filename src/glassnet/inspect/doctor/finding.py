"""What the doctor says: findings with their measured numbers, and the diagnosis that holds them."""

from dataclasses import dataclass, field

from glassnet.inspect.notebook import diagnosis_html
from glassnet.registry import nameless_classes


@dataclass(frozen=True, eq=False)
class Finding:
    """One illness of a network or its data.

    Arguments:
        name: Such as `"dead_relu"`.
        measured: The number that was measured.
        threshold: `Threshold`: the limit, what is measured, and the source.
        meaning: What it means, in a plain sentence.
        cure: One change to try.
        treatment: Function without arguments that returns a new, compiled model with the change made.
        where: Names of the layers concerned.
        details: More numbers by name, such as which units.
        fit_arguments: What the cure adds to the call of `fit`, such as `{"class_weight": {...}}`.
    """

    name: str
    measured: float
    threshold: object
    meaning: str
    cure: str
    treatment: object = field(repr=False)
    where: tuple = ()
    details: dict = field(default_factory=dict)
    fit_arguments: dict = field(default_factory=dict)

    def apply(self):
        """The cured model: new, compiled, not trained since. Train it by `model.fit(x, y, **finding.fit_arguments)`.

        The model that was diagnosed stays as it is.
        """
        with nameless_classes():
            return self.treatment()

    def __str__(self):
        place = f" in {', '.join(self.where)}" if self.where else ""
        return (
            f"{self.name}{place}: {self.measured:.4g} (limit {self.threshold.limit:g}: {self.threshold.measure})\n"
            f"  {self.meaning}\n"
            f"  Try: {self.cure}\n"
            f"  Source: {self.threshold.source}"
        )


class Diagnosis:
    """The findings of one examination, causes before symptoms.

    Arguments:
        findings: List of `Finding`s.
        model_name: Of the model that was examined.
        examples: How many examples were looked at.

    >>> diagnosis = Diagnosis([], "digits", 1000)
    >>> print(diagnosis)
    Diagnosis of 'digits' on 1000 examples: nothing found.
    >>> diagnosis.healthy, list(diagnosis)
    (True, [])
    """

    def __init__(self, findings, model_name, examples):
        self.findings = list(findings)
        self.model_name = model_name
        self.examples = examples

    @property
    def healthy(self):
        """Whether nothing was found."""
        return not self.findings

    @property
    def names(self):
        """The names of the findings, in order."""
        return [finding.name for finding in self.findings]

    def __iter__(self):
        return iter(self.findings)

    def __len__(self):
        return len(self.findings)

    def __contains__(self, name):
        return name in self.names

    def __getitem__(self, name):
        """The finding of a name, or with a number of that place. Raises `KeyError` that lists what was found."""
        if isinstance(name, int):
            return self.findings[name]
        for finding in self.findings:
            if finding.name == name:
                return finding
        raise KeyError(f"Expected one of the findings: {', '.join(self.names) or 'none'}. Received: {name!r}.")

    def apply(self, finding):
        """The cured model of a finding, or of the name of one. See `Finding.apply`."""
        return (finding if isinstance(finding, Finding) else self[finding]).apply()

    def __str__(self):
        head = f"Diagnosis of '{self.model_name}' on {self.examples} example{'s' * (self.examples != 1)}: "
        if self.healthy:
            return head + "nothing found."
        count = f"{len(self)} finding{'s' if len(self) > 1 else ''}."
        return "\n".join([head + count, *(f"{n}. {finding}" for n, finding in enumerate(self, 1))])

    def _repr_html_(self):
        return diagnosis_html(self)

    def __repr__(self):
        return f"<Diagnosis of '{self.model_name}': {', '.join(self.names) or 'healthy'}>"
