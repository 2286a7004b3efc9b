"""How a check says that it cannot judge."""


class NotAssessedError(Exception):
    """What would have to be looked at could not be; never a pass. Both languages."""

    def __init__(self, en: str, vi: str) -> None:
        super().__init__(en)
        self.en, self.vi = en, vi


class NotApplicableError(Exception):
    """What the control speaks of is not on this subject. Both languages."""

    def __init__(self, en: str, vi: str) -> None:
        super().__init__(en)
        self.en, self.vi = en, vi
