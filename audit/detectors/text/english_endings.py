"""Whether an English text can stop where it stops.

Nothing but words that another has to follow is certain. Messages drop their last full stop, so a bare end counts only
in a text that closes its other sentences, or is long, and even then it scores low.
"""

from __future__ import annotations

import re

# "what it is due to", "the one I gave it to" are whole: after these, "to" is not.
BEFORE_TO = (
    r"(?:nowhere|somewhere|anywhere|anything|nothing|ways?|order|places?|ability|chance|opportunity|important|easy"
    r"|easier|possible|necessary|prior|regard|addition|according|due)"
)
# "made of", "afraid of" may be last; "instead of" and "the edge of" not.
BEFORE_OF = (
    r"(?:instead|because|regardless|in front|on top|by means|in terms|as a result|a lot|lots|one|some|most|all|each"
    r"|(?:the|an?) (?!kind|sort|part|member|friend|fan)[a-z]{3,})"
)
NEVER_LAST = re.compile(
    r"\s(?:the|and|or|nor|because|although|whereas|unless|whether|every|my|your|our|their|such as|because of"
    r"|as well as"
    rf"|{BEFORE_TO} to|{BEFORE_OF} of|(?:more|less|rather|other|better|worse|fewer|[a-z]{{3,}}er) than"
    r"|I['’]m|(?:you|we|they)['’]re|(?:I|you|we|they)['’]ve|(?:I|you|he|she|it|we|they)['’](?:ll|d))\Z"
)
# "option a", "an A" and the article itself in a list are names of letters.
ARTICLE_LAST = re.compile(
    r"(?<!option)(?<!grade)(?<!vitamin)(?<!plan)(?<!type)(?<!class)(?<!section)(?<!part)(?<!group)(?<!answer)(?<!choice)"
    r"(?<!letter)(?<!level)(?<!note)(?<![\s,]an)(?<![\s,]a)(?<!,)(?<![=×+*/÷<>-])\san?\Z"
)
# Words that may end a message, but not the last sentence of an answer that punctuates its others.
SELDOM_LAST = re.compile(
    r"\s(?:of|with|for|to|from|by|is|are|was|were|that|which|who|but|if|when|while|at|into|than|as|its|his|in|on"
    r"|has|have|can|will|be|not|also)\Z"
)
ENUMERATION = re.compile(r"(?:\S+,\s+)+(?:and |or )?\S+")  # "a, an, and the"
CLAUSE = re.compile(r",|\s(?=(?:that|which|who|when|because|so|if|while|but|where)\s)")
MESSAGE = re.compile(
    r"[\U0001f000-\U0001faff\u2600-\u27bf]|[!?…~]|\b(?:lol|haha|btw|gonna|wanna|yeah|yep|ok|xx)\b|:\)", re.I
)
LONG = 200  # letters of punctuated text after which an unpunctuated end is no matter of style
LEAST_IN_ALL, LEAST_AFTER_A_SENTENCE, LEAST_ALONE, LEAST_CLAUSE = 14, 5, 12, 5  # words


def needs_another_word(text: str, *, in_prose: bool) -> bool:
    """Whether the last word cannot be the last; `in_prose`: the text has closed a sentence before."""
    if ENUMERATION.fullmatch(text) or len(text.split()) < 4:
        return in_prose and SELDOM_LAST.search(text) is not None
    return any(kind.search(text) for kind in (NEVER_LAST, ARTICLE_LAST, *([SELDOM_LAST] if in_prose else [])))


def unclosed(last: str, before: str) -> float:
    """How sure it is, from 0 to 1, that the last sentence goes on, as it is bare; `before`: what stands before it."""
    words = last.split()
    if MESSAGE.search(last) or not last[0].isupper() or _is_a_name(words):
        return 0.0
    if before:
        if len(before) >= LONG and len(words) >= 2:
            return 0.7
        enough = len(words) >= LEAST_AFTER_A_SENTENCE and len(words) + len(before.split()) >= LEAST_IN_ALL
        return 0.6 if enough else 0.0
    clauses = [len(clause.split()) for clause in CLAUSE.split(last)]
    return 0.5 if len(words) >= LEAST_ALONE and len(clauses) > 1 and max(clauses) >= LEAST_CLAUSE else 0.0


def _is_a_name(words: list[str]) -> bool:
    """A title, or a sentence that ends in a name: most words after the first, or the last, begin with a capital."""
    return words[-1][0].isupper() or sum(word[0].isupper() for word in words[1:]) > len(words[1:]) / 2
