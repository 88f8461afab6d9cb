"""The one way AWS says no: a code of its API and a sentence that helps."""


class Refused(Exception):
    """An operation that AWS refuses.

    `code` is AWS's error code (`InvalidDBClusterStateFault`), `sentence` says why and what would be accepted.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
