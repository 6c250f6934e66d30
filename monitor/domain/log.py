"""A line of the log: an event with its words, as text for people and as data for programs."""

from typing import Any


class Line:
    """A message for the logging library, as in `log.info(Line("checked", source=key, outcome="changed"))`.

    As text it is `checked source=… outcome=changed` and then `text`. Words that are None are left out.
    """

    def __init__(self, name: str, text: str = "", /, **words: Any) -> None:
        self.name = name
        self.text = text
        self.words = {word: value for word, value in words.items() if value is not None}

    def __str__(self) -> str:
        said = [self.name, *(f"{word}={value}" for word, value in self.words.items()), self.text]
        return " ".join(filter(None, said))

    @property
    def data(self) -> dict[str, Any]:
        """Return the same for programs: the event, its words and its text."""
        return {"event": self.name, **self.words, **({"text": self.text} if self.text else {})}
