"""Words as they stand inside a sentence."""


def inside(words: str) -> str:
    """Return a label in small letters; an acronym, a code or a pair of them keeps its capitals."""
    return " ".join(w if _is_acronym(w) else w.lower() for w in words.split())


def _is_acronym(word: str) -> bool:
    return sum(letter.isupper() for letter in word) > 1 or any(letter.isdigit() for letter in word)
