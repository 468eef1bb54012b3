"""Canned refusals and disclaimers of an assistant."""

from __future__ import annotations

import re
import unicodedata

from audit.corpus import Corpus
from audit.passages import both_forms, composed, matching, set_apart, within
from audit.types import Finding, Observations

OPENING = 200  # code points: a refusal stands at the front; later on "I can't provide …" is part of an answer

# What only an assistant says of itself, anywhere in the answer.
AI = r"(?:ai|artificial intelligence)(?: language| large language)?(?: model| assistant| chatbot|[,.])"
VIEWS = r"(?:feelings|emotions|opinions|beliefs|preferences|experiences)"
DISCLAIMERS = (
    rf"\b(?:as|since i ?['’]?a?m|because i ?['’]?a?m|i(?:['’]| a)m (?:just|only)) an? {AI}",
    r"\bas an? (?:large )?language model|\bas a (?:chatbot|virtual assistant|machine learning model)\b",
    r"\bas of my (?:last|latest) (?:knowledge |training )?(?:update|cut-?off)",
    r"\bmy (?:knowledge|training data) (?:cut-?off|only (?:goes|extends))",
    rf"\b(?:don['’]t|do not) have (?:personal {VIEWS}|{VIEWS} (?:or|as|because|since))",
    r"\bi(?:['’]| a)m (?:only |just )?a (?:large )?language model",
    r"\bi(?:['’]| a)m an ai\b(?: \w+)?(?:,| and| so)[^.\n]{0,25}(?:can ?not|can['’]t|do not|don['’]t|unable|lack)",
    r"\bi (?:was|am|have been) (?:developed|created|trained|made) by (?:openai|anthropic|google|meta)\b",
    r"\bi (?:don['’]t|do not) have access to (?:real-time|current|personal)",
    r"(?:인공 ?지능|AI) ?(?:어시스턴트|챗봇|비서|모델)(?:로서|로써|이기 ?때문|이므로)",
    r"언어 ?모델(?:로서|로써|이기 ?때문|이므로|이라서?|일 ?뿐)",
    r"(?:AI|인공 ?지능)(?:이?라서?|여서)[^.\n]{0,25}(?:알|답할|답변할|도와|판단할|제공할|느낄) ?수 ?없",
    r"(?:저는|제가) (?:AI|인공 ?지능)(?:로서|이기 ?때문에|이므로)",
)
UNABLE = (
    r"\bi ?(?:can['’]?t|can ?not|could(?:n['’]t| not)|won['’]t(?: be able to)?|will not(?: be able to)?"
    r"|(?:am|['’]m) (?:unable|not able) to|(?:must|have to) decline to)"
)
THAT = r"(?:that|this|your|it|such|any|those|these)\b"
ADVICE = r"(?:medical|legal|financial|real-time|personal|specific)"
REQUESTED = (
    r"(?:information|details|answer|content|data|response)s? "
    r"(?:(?:that )?you|to (?:this|that|your)|(?:on|about) (?:this|that))"
)
ANSWERING = (
    r"(?:answer|discuss|respond to|reply to|(?:help|assist)(?: you)? with|comply with|talk about|provide) "
    r"(?:that|this|these|such|your|any)\b"
)
APOLOGY = r"\b(?:sorry|apologi[sz]e|unfortunately|afraid|regret)\b[^\n]{0,40}"
SERVE = r"(?:provide|generate|create|produce|engage in|comply|assist|write|share|offer)\b"
ANSWER = r"(?:답변|답|대답|응답|제공|처리|작성|생성|지원|안내|설명|수행|이행)"
IS_NOT = r" ?(?:수|권한)(?:가|이|는)? ?없(?:습니다|어|네요|음|는|기)"
REFUSALS = (
    rf"{UNABLE} (?:\w+ )?(?:assist|help)(?: you)? with {THAT}",
    rf"{UNABLE} (?:\w+ )?(?:fulfil+|answer|complete|process|support|discuss|respond to) {THAT}",
    rf"{UNABLE} (?:\w+ )?(?:offer|provide|give)(?: you)?(?: with)? (?:any )?{ADVICE}",
    rf"{UNABLE} (?:\w+ )?(?:comply with|do that for you|browse the|access (?:the internet|real-time|external))",
    rf"{UNABLE} (?:\w+ )?(?:provide|give|share|disclose) (?:you )?(?:with )?(?:the|any) (?:\w+ )?{REQUESTED}",
    rf"\bi(?:['’]| a)m not (?:authori[sz]ed|allowed|permitted|programmed|designed|able) to {ANSWERING}",
    r"\bapologi[sz]e for (?:not being able|being unable) to (?:help|assist|answer)",
    rf"{UNABLE} (?:\w+ )?continue (?:with )?this conversation",
    rf"{APOLOGY}{UNABLE} (?:\w+ )?{SERVE}",
    rf"{APOLOGY}\bi (?:don['’]t|do not) have (?:enough|the|any|access to) (?:information|context|data|ability|details)",
    r"\b(?:violates?|against) (?:my|our|openai['’]?s?) (?:content |usage )?(?:polic(?:y|ies)|guidelines|programming)",
    r"\b(?:is|it['’]s) not (?:appropriate|ethical|possible) for me to",
    r"\bthis (?:instruction|request|task|question) (?:can ?not|can['’]t|could not) be (?:completed|fulfilled|answered)",
    rf"(?:도와|도움을? ?|알려 ?|말씀 ?|{ANSWER}(?:을|를)? ?(?:해 ?)?)드릴{IS_NOT}",
    rf"{ANSWER}(?:을|를)? ?할{IS_NOT}",
    r"죄송[^\n]{0,40}(?:이야기|얘기|논의|언급|말씀|대화|상담|공유)(?:를|을)? ?(?:나눌|할|드릴|해 ?드릴) ?수"
    r"(?:가|는)? ?없(?:습니다|어요|네요)",
    rf"(?:요청|질문)[^.\n]{{0,24}}(?:들어|대답해|답해|도와|응해) ?(?:줄|드릴){IS_NOT}",
    rf"(?:도움|{ANSWER})(?:이|은|을)? ?(?:드리기 ?)?(?:어렵|불가능|불가|곤란)(?:습니다|합니다|해요|네요)",
)
DISCLAIMER, REFUSAL = (both_forms("|".join(patterns)) for patterns in (DISCLAIMERS, REFUSALS))
ANY = f"(?i){DISCLAIMER}|{REFUSAL}"

_disclaimer = re.compile(DISCLAIMER, re.IGNORECASE)
_refusal = re.compile(REFUSAL, re.IGNORECASE)

ABOUT_REFUSING = re.compile(
    r"refus|declin|reject|say no\b|turn(?:ing)? down|disclaimer|apolog|customer|e-?mail|letter|reply to|거절|거부|사양"
    r"|사과문|고객|이메일|메일|편지|공지|안내문|문구|대사",
    re.IGNORECASE,
)
ABOUT_ITSELF = re.compile(
    r"\bare you (?:an? |really |actually )*(?:ai|robot|bot|human|real|chatgpt|gpt|person|machine|alive|program)"
    r"|\b(?:who|what) are you\b|who (?:made|created|built|trained|developed) you|introduce yourself|about yourself"
    r"|(?:너|넌|너는|당신|네가|니가|당신은).{0,12}(?:누구|정체|뭐야|뭐예요|무엇|ai|인공 ?지능|로봇|챗봇|사람|기계"
    r"|인간)|자기 ?소개|(?:ai|인공 ?지능|로봇|챗봇|사람|기계"
    r"|인간)(?:이야|야|이니|니|인가요|이에요|예요|인가|입니까|이지|맞)",
    re.IGNORECASE,
)


def refusal(corpus: Corpus) -> Observations:
    """Answers in which a stock phrase of an assistant declines or says what an AI cannot do."""
    for position, original in matching(corpus, "answer", ANY):
        question = composed(corpus, "question", position)
        answer = unicodedata.normalize("NFC", original)
        found, because = _first(answer)
        if found is None or within(found.span(), set_apart(answer)) or ABOUT_REFUSING.search(question):
            continue
        if because == "disclaimer" and ABOUT_ITSELF.search(question):
            continue
        said = "declines in a stock phrase" if because == "refusal" else "speaks as an AI in a stock phrase"
        span = found.span() if answer == original else None
        yield Finding(position, f"the answer {said}: {found[0].strip()!r}", 0.9, because, span=span)


def _first(answer: str) -> tuple[re.Match[str] | None, str]:
    declines = _refusal.search(answer, 0, OPENING)
    return (declines, "refusal") if declines else (_disclaimer.search(answer), "disclaimer")
