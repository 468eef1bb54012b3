"""Whether an English text can stop where it stops.

Nothing but words that another has to follow is certain: people drop their last full stop, so a bare end says nothing.
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


def needs_another_word(text: str, *, in_prose: bool) -> bool:
    """Whether the last word cannot be the last; `in_prose`: the text has closed a sentence before."""
    if ENUMERATION.fullmatch(text) or len(text.split()) < 4:
        return in_prose and SELDOM_LAST.search(text) is not None
    return any(kind.search(text) for kind in (NEVER_LAST, ARTICLE_LAST, *([SELDOM_LAST] if in_prose else [])))
