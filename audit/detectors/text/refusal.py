"""Canned refusals and disclaimers of an assistant."""

from __future__ import annotations

import re

from audit.detectors.text.passages import both_forms, composed, covering, matching_any, set_apart
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

HANGUL = re.compile("[가-힣]")
OPENING = 200  # code points: a refusal stands at the front; later on "I can't provide …" is part of an answer

# What only an assistant says of itself, anywhere in the answer.
AI = r"(?:ai|artificial intelligence)(?: language| large language)?(?: model| assistant| chatbot|[,.])"
VIEWS = r"(?:feelings|emotions|opinions|beliefs|preferences|experiences)"
NOUN = (
    r"(?:ai|artificial intelligence|ai (?:model|assistant|language model)|language model|chatbot|virtual assistant"
    r"|computer program|machine)"
)
LACK = r"(?:(?:do|does|is|am|are|ca|wo)n['’]t|(?:do|does|is|am|are|can|will) ?not|unable|lack|(?:have|has) no)\b"
KOREAN_NOUN = (
    r"(?:AI|인공 ?지능|챗봇|가상 ?비서|컴퓨터 프로그램|언어 ?모델)(?: (?:모델|비서|챗봇|언어 ?모델"
    r"|어시스턴트|프로그램))?"
)
FORMAL_LACK = r"(?:없습니다|없어요|없고|않습니다|않아요|못합니다|못해요)"
DISCLAIMERS = (
    rf"\b(?:as|since i ?['’]?a?m|because i ?['’]?a?m|i(?:['’]| a)m (?:just|only)) an? {AI}",
    rf"\bas an? (?:responsible |ethical |helpful )*{NOUN} (?:developed|created|trained|made|designed|programmed)\b",
    r"\bas an? (?:large )?language model(?:[,.]| (?:i|my|trained|developed|created)\b)|\bas a (?:chatbot"
    r"|virtual assistant|machine learning model),? (?:i|my|we)\b",
    r"\bas of my (?:last|latest) (?:knowledge |training )?(?:update|cut-?off)",
    r"\bmy (?:knowledge|training data) (?:cut-?off|only (?:goes|extends))",
    rf"\b(?:don['’]t|do not) have personal {VIEWS}|\bi (?:don['’]t|do not) have {VIEWS} (?:or|as|because|since)",
    rf"\b(?:as|being|since i ?['’]?a?m|because i ?['’]?a?m) an? (?:[\w-]+ ){{0,2}}?{NOUN},? (?:i|my|we)\b",
    rf"\bi(?:['’]| a)m (?:just |only |merely |simply )?an? (?:[\w-]+ ){{0,2}}?{NOUN}"
    rf"(?:,| so| and| that| which| without)[^.\n]{{0,25}}\b{LACK}",
    rf"\bthis (?:ai|chatbot|language model|(?:ai|virtual) assistant) [^.\n]{{0,12}}{LACK}",
    r"\bi(?:['’]| a)m (?:only |just )?a (?:large )?language model",
    r"\bi(?:['’]| a)m an ai\b(?: \w+)?(?:,| and| so)[^.\n]{0,25}(?:can ?not|can['’]t|do not|don['’]t|unable|lack)",
    r"\bi (?:was|am|have been) (?:developed|created|trained|made) by (?:openai|anthropic|google|meta)\b",
    r"\bi (?:don['’]t|do not) have access to (?:real-time|current|personal|live|the internet)",
    r"(?:인공 ?지능|AI) ?(?:어시스턴트|챗봇|비서|모델)(?:로서|로써|이기 ?때문|이므로)",
    r"언어 ?모델(?:로서|로써|이기 ?때문|이므로|이라서?|일 ?뿐)",
    r"(?:AI|인공 ?지능)(?:이?라서?|여서)[^.\n]{0,25}(?:알|답할|답변할|도와|판단할|제공할|느낄) ?수 ?없",
    r"(?:저는|제가) (?:AI|인공 ?지능)(?:로서|이기 ?때문에|이므로)",
    rf"(?:저는|전|제가|나는|난|저도)[^.\n]{{0,8}} ?{KOREAN_NOUN}(?:이?라서?|여서|이어서|이므로|이기|로서|일 ?뿐|이고)"
    rf"[^.\n]{{0,40}}{FORMAL_LACK}",
    rf"저는[^.\n]{{0,24}}수 없는 {KOREAN_NOUN}|AI로서[^.\n]{{0,24}}{FORMAL_LACK}",
    rf"{KOREAN_NOUN}인 저는[^.\n]{{0,30}}{FORMAL_LACK}",
    r"(?:저는|저에게는|제게는|저로서는)[^.\n]{0,10}(?:개인적인?|정치적인?) ?[^.\n]{0,14}(?:의견|견해|감정|선호"
    r"|경험|취향)"
    rf"[^.\n]{{0,10}}{FORMAL_LACK}",
    rf"(?:저는|저에게는|제게는)[^.\n]{{0,24}}(?:할|는) (?:기능|권한)(?:이|은)? ?{FORMAL_LACK}",
)
UNABLE = (
    r"\b(?:i|we) ?(?:can['’]?t|can ?not|could(?:n['’]t| not)|won['’]t(?: be able to)?|will not(?: be able to)?"
    r"|(?:am|['’]m|are|['’]re) (?:unable|not able) to|(?:am|['’]m) not capable of|(?:must|have to)(?: \w+)? decline to)"
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
APOLOGY = r"\b(?:sorry|apolog(?:i[sz]e|ies)|unfortunately|afraid|regret)\b[^\n]{0,40}"
SERVE = r"(?:provide|generate|create|produce|engage in|comply|assist|write|share|offer)\b"
ANSWER = r"(?:답변|답|대답|응답|제공|처리|작성|생성|지원|안내|설명|수행|이행)"
IS_NOT = r" ?(?:수|권한)(?:가|이|는)? ?없(?:습니다|어|네요|음|는|기|지만|으|고)"
# What an assistant is asked to work on, and what it has no senses for.
GIVEN = (
    r"(?:that|this|these|those|your|such)(?: \w+)? (?:requests?|questions?|texts?|sentences?|captions?"
    r"|prompts?|tasks?"
    r"|instructions?|messages?|content|topics?|quer(?:y|ies)|images?|pictures?|photos?|links?|websites?|urls?|files?"
    r"|articles?|documents?)\b"
)
UNSEEN = (
    r"(?:images?|pictures?|photos?|links?|urls?|web ?(?:sites?|pages?)|attachments?|external \w+|live \w+|future events"
    r"|the future|audio|videos?)\b"
)
WORK = (
    r"(?:translate|summari[sz]e|rewrite|write|generate|create|compose|describe|see|view|open|access|browse"
    r"|visit|predict"
    r"|analy[sz]e|process|read|continue|judge|assess|complete|fulfil+|do|make|produce|watch|engage (?:with|in))"
)
CONDONE = r"(?:condone|endorse|encourage|support|promote|advocate|facilitate|participate in|engage in)"
WRONG = r"(?:appropriate|ethical|unethical|acceptable|legal|illegal|permissible|okay|safe|morally \w+)"
POLICY = r"(?:content |usage |safety |ethical |community )*(?:polic(?:y|ies)|guidelines|programming)"
REFUSALS = (
    # What answers nothing by itself, at the very beginning: what follows is a lecture.
    rf"\A\s*(?:i(?:['’]m| am) (?:very |so )?sorry[,.] (?:but )?|i apologi[sz]e[,.] (?:but )?)?{UNABLE} (?:\w+ )?"
    rf"(?:{CONDONE}|provide|generate|comply|assist|fulfil+|satisfy|give (?:you )?(?:advice|information))\b",
    rf"\A\s*(?:first(?: and foremost|ly)?, |sorry, (?:but )?)?it(?:['’]s| is) (?:not|never) {WRONG}"
    r"(?:,? (?:or|nor) \w+)? (?:to|for me to)\b",
    r"\bi (?:do not|don['’]t|can ?not|can['’]t|will not|won['’]t) "
    rf"{CONDONE} (?:\w+ing\b|violen|harm|illegal|any|such|hat)",
    r"\A\s*(?:i(?:['’]m| am) sorry[,.] but )?i(?:['’]m| am) (?:just |only )?an ai[,.]",
    r"\bnot within my (?:programming|capabilit|guidelines)|\bgoes against my (?:programming|guidelines|principles)",
    rf"{UNABLE} (?:\w+ )?{WORK}(?:ing)? (?:{GIVEN}|{UNSEEN}|(?:or|and) {WORK} {UNSEEN})",
    rf"{UNABLE} {WORK} (?:that|this) for you\b",
    rf"{UNABLE} (?:assist|help)(?:ing)? you with {THAT}|{UNABLE} (?:assist|help)ing with {THAT}",
    rf"{UNABLE} (?:\w+ )?help with (?:\w+ing|\w+),? but i(?:['’]d| would| can)",
    rf"{APOLOGY}{UNABLE} (?:\w+ )?(?:share|answer|do|help with) (?:that|this)(?: (?:for|with) you)?(?:[.!]|$)",
    rf"{APOLOGY}{UNABLE} (?:\w+ )?answer\b|\bthis is something {UNABLE} (?:help|assist) with",
    r"\bi (?:must|have to|need to|will have to)(?: \w+)? decline (?:to|this|that|your|the)\b"
    r"|\bi regret (?:that )?i(?:['’]| a)m unable to",
    r"\bi(?:['’]d| would)? prefer not to (?:answer|discuss|comment on) (?:questions|that|this|such)\b",
    r"\bi(?: do not|['’]m not| don['’]t| am not)(?: feel)? comfortable (?:\w+ing|with) (?:that|this|such|your)\b",
    r"\b(?:outside|beyond)(?: of)? (?:the scope of )?(?:what i (?:can|am able)|my (?:capabilit|abilit|scope"
    r"|programming))",
    rf"\b(?:my|our) {POLICY} (?:prevents?|prohibits?|forbids?|(?:does|do)(?:n['’]t| not) (?:allow|permit))",
    rf"\b(?:violates?|against) (?:my|our|openai['’]?s?) {POLICY}",
    r"\b(?:would not|wouldn['’]t) be (?:appropriate|ethical|possible) for me to",
    r"\bi (?:don['’]t|do not) have the (?:ability|capability|capacity) to",
    r"\bi(?:['’]| a)m not an? (?:\w+ )?(?:professional|doctor|lawyer|physician|advis[eo]r|expert)[^.\n]{0,12}"
    r"(?:can ?not|can['’]t|unable to|not able to) (?:give|provide|offer|diagnose)",
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
    rf"(?:도움|{ANSWER})(?:이|은|을|가|는)? ?(?:드리기 ?)?(?:어렵|불가능|불가|곤란)(?:습니다|합니다|해요|네요)",
)
KOREAN_REFUSALS = (
    rf"(?:요청|부탁|질문|문장|글|기사|내용)(?:은|는|을|를|에|에는|에 대해서?는?)? ?(?:응할|받아들일|번역할"
    rf"|요약할|들어 ?드릴|들어줄){IS_NOT}",
    rf"(?:도움을? ?|{ANSWER}(?:을|를)? ?)(?:드릴|해 ?드릴){IS_NOT}",
    rf"{ANSWER}(?:을|를)? ?(?:드리|하)지 ?(?:않겠|못합니다|못해요)",
    r"(?:들어 ?드리|도와 ?드리|도움을? ?드리|답변을? ?드리|답변하|대답하|응하|작성하|작성해 ?드리"
    r"|제공하)기(?:가|는)? ?(?:어렵습|힘듭|곤란합)니다|저로서는 답하기 어렵습니다",
    r"(?:답변|제가|저의|제 )[^.\n]{0,14}(?:범위|능력|권한)(?:를|을)? ?(?:벗어|밖)",
    r"(?:저는|제가)[^.\n]{0,16}(?:인터넷|외부|웹|사이트|링크|이미지|사진|그림|파일|미래|실시간|알림)[^.\n]{0,16}"
    r"수(?:가|는)? ?없(?:습니다|어요|어서|는|으)",
    r"(?:이미지|사진|파일|링크|영상)(?:을|를|은|는)? ?(?:직접 )?(?:보거나 |볼|확인할|열|열어 ?볼) ?수(?:가"
    r"|는)? ?없습니다",
    r"전문가가 아니(?:므로|라서?|기)[^.\n]{0,16}없(?:습니다|어요)|(?:저는|제가) (?:의사|변호사|전문의"
    r"|약사)가 아니(?:므로|라서?)[^.\n]{0,20}없(?:습니다|어요)",
    r"(?:AI|인공 ?지능|챗봇)(?:이?라서?|여서)[^.\n]{0,16}(?:대답|답|답변|도와)[^.\n]{0,6}못",
    r"\A\s*(?:죄송합니다|죄송하지만|죄송해요|미안하지만)[.,!]? ?(?:그것은 |그건 |해당 요청은 )?(?:할"
    r"|해 ?드릴) ?수(?:가|는)? ?없(?:습니다|어요)[.!]?\s*\z",
)
BARE = r"\A\s*(?:i['’]m |i am )?(?:sorry|afraid)[,.]?(?: but)? i (?:can['’]?t|cannot|can not) do that[.!]?\s*\z"
DISCLAIMER, REFUSAL = (
    both_forms("|".join(patterns)) for patterns in (DISCLAIMERS, (*REFUSALS, *KOREAN_REFUSALS, BARE))
)
ENGLISH_REFUSALS = (*(pattern for pattern in REFUSALS if not HANGUL.search(pattern)), BARE)
ANY = tuple(
    "(?i)" + both_forms("|".join(kind))
    for kind in (
        DISCLAIMERS,
        ENGLISH_REFUSALS,
        (*(pattern for pattern in REFUSALS if HANGUL.search(pattern)), *KOREAN_REFUSALS),
    )
)

_disclaimer = re.compile(DISCLAIMER.replace(r"\z", r"\Z"), re.IGNORECASE)
_refusal = re.compile(REFUSAL.replace(r"\z", r"\Z"), re.IGNORECASE)

# Whoever wants a refusal written, or reads one, gets one.
ABOUT_REFUSING = re.compile(
    r"refus|declin|reject|say no\b|turn(?:ing)? down|disclaimer|apolog"
    r"|\b(?:write|draft|compose|create|generate|rewrite|edit|reply|respond|customer)\b.*(?:e-?mail|letter|message|repl|notice)"
    r"|customer (?:service|support) (?:rep|agent|repl|response|chat|dialog)|거절|거부|사양|사과문"
    r"|(?:고객|이메일|메일|편지|공지|안내문|문구|답장).*(?:써|쓰|작성|만들|답|응대|보내)",
    re.IGNORECASE | re.DOTALL,
)
# What an AI says of itself on the way to an answer.
HELPS = re.compile(
    r"[^.\n]{0,40}?\b(?:i|we) (?:can(?! ?not)|understand|would|will|am here)\b|[^\n]{0,200}?\b(?:however|but),? "
    r"|[^.\n]{0,40}하지만 ",
    re.IGNORECASE,
)
TRANSLATED = re.compile(r"translat|into (?:english|korean)|번역|옮겨|영어로|한국어로", re.IGNORECASE)
DECLINING = re.compile(r"can ?not|can['’]t|unable|sorry|won['’]t|수 ?(?:가|는)? ?없|죄송|못 ", re.IGNORECASE)
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
    for position, original in matching_any(corpus, "answer", ANY):
        question = composed(corpus, "question", position)
        answer = nfc(original)
        found, because = _first(answer)
        if found is None or covering(set_apart(answer))(*found.span()) or ABOUT_REFUSING.search(question):
            continue
        if TRANSLATED.search(question) and DECLINING.search(question):
            continue
        if because == "disclaimer" and (ABOUT_ITSELF.search(question) or HELPS.match(answer, found.end())):
            continue
        said = "declines in a stock phrase" if because == "refusal" else "speaks as an AI in a stock phrase"
        span = found.span() if answer == original else None
        yield Finding(position, f"the answer {said}: {found[0].strip()!r}", 0.9, because, span=span)


def _first(answer: str) -> tuple[re.Match[str] | None, str]:
    declines = _refusal.search(answer, 0, OPENING)
    return (declines, "refusal") if declines else (_disclaimer.search(answer), "disclaimer")
