"""The `check` of a notebook that is being graded or rehearsed: it answers every call, and judges nothing."""


class Inert:
    """Answers in the place of `check`."""

    def __call__(self, function: object = "", *_: object, **__: object) -> None:
        """Say that the verdict comes later."""
        print(f"check({function!r}): judged after submission")

    def before_submitting(self, *_: object, **__: object) -> None:
        """Say that this is not the moment."""
        print("check.before_submitting(): nothing to do while the notebook is run as a whole")

    def __getattr__(self, name: str) -> object:
        """Answer calls of whatever else somebody may have typed."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self


check = Inert()
