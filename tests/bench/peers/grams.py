"""What the texts are compared by."""


def grams(text: str, n: int = 5) -> set[str]:
    """The character n-grams of a text; a shorter text is one gram."""
    return {text[i : i + n] for i in range(max(1, len(text) - n + 1))}
