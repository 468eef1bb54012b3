"""The words around a number, in English and Korean: units, counters, phrases of time, and how a sentence begins."""

from __future__ import annotations

import re

N = r"\d++(?:[.,．，]\d++)*+"  # possessive: "22살" must not be read as 2, 2
_FLAGS = re.IGNORECASE | re.VERBOSE

_MONTH = r"""(?:
    jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?
    |nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember)\b"""

# After "2. " or "3. ": not an item but an ordinal, as German and football write it; after "1. " a move in chess.
_ORDINAL_NOUN = (
    rf"{_MONTH}|(?:(?:FC|SC|VfL|TSV|Bundesliga|Liga|Weltkrieg|Jahrhundert|Platz|Stock|Klasse|division)\b|분데스리가)"
)
_CHESS = r"(?-i:[KQRBN]?[a-h]?x?[a-h][1-8]\b|O-O)"
AFTER_ORDINAL = re.compile(rf"{_ORDINAL_NOUN}|{_CHESS}", _FLAGS)

# Korean counters and units. A word goes on with a particle, a suffix or the copula, or ends (see _COUNTER).
_COUNTERS = """
살 세 대 학년 학번 학기 학점 등급 등 위 점 점수 승 무 패 강 골 연승 연패 할 만점 시간 시 분 초 일 주일 주 개월 달 월
년 년도 년대 년생 연차 주년 주차 일차 년차 회차 해 세기 분기 교시 박 밤 절기 끼 시즌 월초 월말 년초 년말 개 명 번 번째
번지 호 호선 호실 호점 층 권 마리 잔 그릇 병 캔 컵 스푼 숟갈 큰술 작은술 티스푼 조각 판 모 알 봉지 봉 팩 박스 상자 통
접시 인분 줌 꼬집 단 포기 쪽 톨 송이 다발 그루 뿌리 장 매 페이지 줄 행 글자 음절 단어 문장 문단 편 화 부 부작 막 곡 절
컷 회 차례 바퀴 라운드 세트 게임 이닝 쿼터 켤레 벌 쌍 짝 채 동 척 자루 포대 평 칸 군데 곳 구역 가구 세대 가지 종 종류
종목 항목 단계 계단 급 단지 순위 코스 방울 걸음 발 발짝 보 손가락 사람 인 인용 인칭 인자 남매 형제 자매 식구 가족 남
녀 촌 성 성급 군 루수 차 차원 차로 차선 차산업 도 배 배속 겹 축 각형 면체 면 원 천원 만원 천 만 억 조 백 십 전 달러
유로 엔 위안 파운드 센트 퍼센트 프로 퍼 포인트 칼로리 킬로칼로리 미터 센티미터 센티 밀리미터 밀리 킬로미터 킬로
킬로그램 그램 톤 리터 밀리리터 인치 피트 마일 헥타르 제곱미터 제곱킬로미터 와트 볼트 헤르츠 데시벨 바이트 비트 메가
메가바이트 기가 기가바이트 테라바이트 픽셀 화소 광년 기압 계절 대륙 개국 국 나라 도시 과목 문제 문항 질문 요소 원칙
자리 자릿수 진수 진법 제곱 제곱근 학급 반 기 여 관왕 안타 홈런 득점 실점 회말 회초 대보험 하원칙 층집 개년 쯤 씩 정도
가량 안팎 남짓 이상 이하 이내 미만 초과 교대
"""
_SUFFIXES = (
    "쯤|씩|정도|가량|안팎|남짓|간|째|짜리|들이|동안|이상|이하|이내|미만|초과|내내|전|후|뒤|반|대|용|차|당|어치|만|밖"
)
_PARTICLES = (
    "은|는|이|이서|가|을|를|의|에|에서|로|으로|와|과|도|만|부터|까지|보다|처럼|이나|나|이랑|랑|하고|마다|밖에|조차|라도|이라도|에게"
    "|에는|에도|에만|에서는|까지는|부터는|만에|만큼|이든|든|이면|면|이고|고|요|씩은|쯤은|쯤에|정도는|정도만"
)
_COPULA = (
    r"이(?:야|지|고|라|에|었|랑|면|다|니|든|란|거|죠|네|며|여|던|구|긴|기|래|요|잖)|예요|에요|입니|였|인데|인가|인지|인걸|인듯|인\b"
    r"|일\s?(?:거|걸|때|뿐|수|듯|텐|까)|임\b|야\b|지\b|네\b|죠|다\b|라(?:고|서|면|니|는|며|도|더)|래|거든|잖|짜리"
)
# Words that only look like a counter with its ending.
_NO_COUNTER = (
    "여[자행기름친유러]|알[지아고려았]|인간|달라|달래|만나|개인|조만간|도전|대만|절대|반대|기대|군대|초대|부대|층간|시대|장대|주인|번호"
    "|일단|차라|세상|세계|이유|대박|원래|원하(?!고)|타로|주말|천만에"
)
_BY_LENGTH = "|".join(sorted(set(_COUNTERS.split()), key=lambda word: (-len(word), word)))
_COUNTER = re.compile(
    rf"""{N}(?:
        (?!\s[가-힣][네지다](?![가-힣]))  # "3 동네 …": a word of its own, not a counter with a copula
        \s?(?!{_NO_COUNTER})(?:여|몇|[십백천만억조]{{1,2}})?\s?(?!{_NO_COUNTER})(?:{_BY_LENGTH})(?:\s?{N}\s?(?:{_BY_LENGTH}))?
            (?=(?:\s?(?:{_SUFFIXES}))*(?:(?:{_PARTICLES})?(?![가-힣])|{_COPULA}))
        # words that mean something else when a space parts them from the number or nothing follows: fire, "well then"
        |불(?![가-힣]) | 자(?=\s?(?:이상|이하|이내|미만|정도|짜리|까지|로))
    )""",
    re.VERBOSE,
)

_SPAN = r"(?:second|minute|hour|day|week|weekend|month|year|decade|centur(?:y|ie)|night|semester)s?"
_UNITS = rf"""
    %|°\s?[cfk]?|′|″|℃|℉|㎏|㎝|㎞|㎡|²|kg|g|mg|km|cm|mm|m|m2|km2|nm|l|ml|cl|dl|oz|lbs?|ft|in|inch(?:es)?|feet|foot|yards?
    |miles?|mph|kmh|kph|km/h|m/s|hz|khz|mhz|ghz|kb|mb|gb|tb|kbps|mbps|gbps|bits?|bytes?|v|w|kw|kwh|mw|ah|mah|ma|k|c|f|j|kj|n
    |pa|kpa|hpa|bar|psi|atm|db|px|pt|dpi|ppm|fps|rpm|hp|cc|cal|kcal|calories|s|ms|secs?|mins?|hrs?|h|am|pm|a\.m|p\.m|usd|eur
    |gbp|krw|jpy|cents?|dollars?|euros?|pounds?|won|yen|bucks?|percent|per\s?cent|degrees?|celsius|fahrenheit|kelvin|times|x
    |cups?|tbsps?|tsps?|tablespoons?|teaspoons?|cloves?|slices?|ounces?|grams?|kilograms?|kilomet(?:er|re)s?|met(?:er|re)s?
    |lit(?:er|re)s?|gallons?|quarts?|pints?|hundred|thousand|million|billion|trillion|dozen|points?|square|cubic|light|bce?|ad
    |{_SPAN}|ce|cm3|mol|moles?|an?\s(?:day|week|month|year|night|hour|minute|piece)|atoms?|people|men|women|children|stars?|p|d
"""
_UNIT = re.compile(
    rf"{N}[\s-]?(?!(?-i:In|People|Men|Women|Children|Times|Stars?|Square|Light|Won|Points?|Feet|Bits?)\s)(?:{_UNITS})(?![a-z'])",
    _FLAGS,
)

_OFFSET = rf"""
    {N}\s?(?:초|분|시간|일|주일|주|달|개월|년|해|학기|세기)\s?(?:쯤|정도|반)?\s?(?:전|후|뒤)쯤?
        (?=에|이|엔|까지|부터|만|\s|[,.!?…]|$|인|인데|이면|이라)에?
    | {N}\s{_SPAN}\s(?:ago|later|from\snow|from\stoday|after|before|earlier|hence|back|since|prior|ahead)\b"""
_WEEKDAY = r"(?=\s*[(]?[월화수목금토일](?:요일|[)]))"
_DATE = rf"""
    \d{{4}}\s?년\s?\d{{1,2}}\s?월(?:\s?\d{{1,2}}\s?일)?(?:생)? | \d{{1,2}}\s?월\s?\d{{1,2}}\s?일
    | \d{{4}}\s?[.\-/]\s?\d{{1,2}}\s?[.\-/]\s?\d{{1,2}}\.? | \d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}\b
    | \d{{1,2}}(?:st|nd|rd|th)?\.?\s(?:of\s)?{_MONTH}(?:,?\s\d{{4}})? | \d{{1,2}}\.\s?\d{{1,2}}\.?{_WEEKDAY}"""

# A clock time or a fraction, then the words of a sentence: nothing in "14:05 Write it down" needs the number.
# What a timetable or a set phrase goes on with is left alone: "14:05 기차", "50/50 chance".
_STAMP = r"""(?!24/7|50/50)\d{1,3}(?::\d{2}(?::\d{2})?|[/]\d{1,3})(?=[ \t]+(?:
    [A-Z](?:[a-z]+|['’])?(?![\w-])(?<!Mon)(?<!Tue)(?<!Wed)(?<!Thu)(?<!Fri)(?<!Sat)(?<!Sun)(?<!day)
    | (?!기차|버스|비행기|열차|KTX|영화|회의|수업|출발|도착|예약|공연|경기|알람|첫차
        |막차|약속|시작|마감|정각|정도|쯤|경\b|이[전후]|까지|부터|확률|전|후|현재|기준|만점|[가-힣]+(?:행|발)\b)[가-힣]))"""

# "7A fire station": an article or a pronoun, not the letter of "5A is my seat" and "3A batteries".
_ARTICLE = r"""(?-i:I\s[a-z]|A\s(?!(?:is|was|has|and|or|in|on|at|to|for|of|with|fuse|plug|charger|current|grade
    |class|level)\b|[a-z]+[^s\W]s\b)[a-z])"""
# Names that begin with a number. A number and the plural that it counts may be a title: "12 Angry Men", "10 Ways".
_NAME = rf"""
    \d{{1,2}}[.·]\d{{1,2}}\s?(?:전쟁|운동|혁명|민주|사태|사변|테러|참사|항쟁)
    | {N}-[A-Za-z가-힣] | \d+(?!{_ARTICLE})[A-Z]{{1,2}}(?![A-Za-z]) | \d+[A-Z]+\d
    | \d+(?!{_ARTICLE})[a-zA-Z](?![a-zA-Z'])
    | \d+[a-z]+\d | \d+['’´](?:s|clock)? | 24/7 | 50/50
    | 11[29]\s(?:신고|전화|안전|구급|소방|상황|대원|종합) | \d+빌딩
    | \d+(?:Password|Pac|Up|zip|chan|andMe)\b | {N}\s(?:Cent|Chainz|Savage|Doors|Idiots)\b
    | {N}\s(?:[A-Z][\w'’]*\s){{1,3}}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard|Blvd|Way
        |Court|Square|Place)\b
    | {N}\s(?:[A-Z][\w'’]+\s)*(?:Men|Women|Habits|Years?|Days?|Weeks?|Months|Hours|Minutes|Seconds|Ways|Steps|Tips
        |Reasons|Things|Rules|Feet|Leagues|Nights|Seasons|Best|Questions|Facts|Ideas|Signs|Secrets|Pieces?|Cups?|Cloves?
        |Slices?)\b
    | {N}\s[A-Z]{{2,}}(?:s|\b)(?<!\bOK)(?<!\bYES)(?<!\bNO)
        (?!\s?[가-힣]|\s(?:is|was|can|has|will|stands|means|refers|helps)\b)"""

# What may follow a number, in the order in which they are tried; the first that fits names it.
FOLLOWS = {
    "end": re.compile(r"[\s\d.,:;/%+\-–−*×÷=()^~°$€£₩!?…\"'`\u200b\ufeff．，]+$"),
    "date": re.compile(_DATE, _FLAGS),
    "stamp": re.compile(_STAMP, re.VERBOSE),
    "code": re.compile(
        rf"\d+(?:\.\d+){{2,}}|{N}\s?(?:[{{}}\]<>]|;(?=\s?(?:$|\d|\w+\s?[=+(;]))|\|(?=[^\n]*\||[\s\S]*\n\s*\d+\s?\|))|0x|\d+(?:-\d+){{2,}}|\d{{3,4}}-\d{{4}}"
    ),
    "offset": re.compile(_OFFSET, _FLAGS),
    "time": re.compile(
        r"""\d{1,2}:\d{2} | \d{1,2}\s?(?:[ap]\.?\s?m\b|o['’]clock|noon\b|midnight\b)
        | \d{1,2}\s?시(?:쯤|경|에|부터|까지|\s?반|\s?\d+\s?분|(?=[^가-힣]|$))""",
        _FLAGS,
    ),
    "score": re.compile(
        rf"{N}\s?[:/]\s?\d|{N}\s?대\s?\d|\d+\s?전\s?\d+\s?(?:기|승)|{N}\s?만점|{N}\s?(?:out\sof|of\s\d)|{N}\s?분의\s?\d"
    ),
    "range": re.compile(
        rf"""{N}\S{{0,3}}\s?[-–—~∼〜]\s?\d | {N}(?:이나|나|\S{{0,2}}에서)\s?\d
        | {N}\s(?:to|or|and|through|by|vs\.?|in|of|x)\s(?:the\s)?\d
        | {N}\s(?:to|or|and)\s(?:one|two|three|four|five|six|seven|eight|nine|ten|more)\b""",
        re.VERBOSE,
    ),
    "year": re.compile(
        r"""\d{4}\s?년
        | (?:1\d{3}|20\d{2})(?:['’]?s\b|\s?[-–—:(]
            |\s(?:was|is|has|saw|marked|will|had|in|to|and|World|Olympic|edition|season|model|film|album)\b)""",
        re.VERBOSE,
    ),
    "arithmetic": re.compile(
        rf"""{N}\s?(?:[+×÷=*/^<>≤≥≈±√!](?=\s?[\d(a-z])|[+×÷=*^≤≥≈±]) | {N}\s[x\-−–]\s\d
        | {N}[a-z]?\s?(?:plus|minus|divided\sby|multiplied\sby|더하기|빼기|곱하기|나누기)\b""",
        re.VERBOSE,
    ),
    "percent": re.compile(rf"{N}\s?(?:%|％|퍼센트|프로(?![가-힣]{{2}})|per\s?cent)"),
    "currency": re.compile(rf"{N}\s?[$€£¥₩₹]"),
    "ordinal": re.compile(r"\d+(?:st|nd|rd|th|번째)(?![a-z])", re.IGNORECASE),
    "item": re.compile(rf"\d+\.\s?(?:{AFTER_ORDINAL.pattern})", re.VERBOSE),
    "sequence": re.compile(rf"{N}\s?(?:[,;、·]|과|와|and|&)?\s*[-(\[]?\d|{N}\s?(?:\([^)]*\)|\[[^\]]*\])"),
    "unit": _UNIT,
    "counter": _COUNTER,
    "particle": re.compile(
        rf"""{N}(?:은|는|이|가|을|를|의|에|에서|로|으로|와|과|도|만|부터|까지|보다|처럼|이나|이랑|랑|이고|이란|이라는|이라고|에게|에는|이면
            |이야|야|이요|이에요|예요|입니다|이지|인데|이다|요|임|인)(?=[^가-힣]|$)""",
        re.VERBOSE,
    ),
    "name": re.compile(_NAME, re.VERBOSE),
}
SPANNED = (
    "date",
    "stamp",
    "offset",
    "time",
    "year",
    "unit",
    "counter",
    "percent",
    "currency",
)  # phrases worth marking whole

PAUSES = ",，!！?？:：;；-–—~…·>|/.\"“'"

# How a sentence begins in lower case, that a number's own phrase does not.
_REPLIES = r"""
    sure|yes|yeah|yep|yup|no|nope|nah|well|ok|okay|oh|ah|hmm+|um+|uh|hi|hey|hello|thanks|thank\syou|sorry|please|maybe|perhaps
    |probably|absolutely|definitely|certainly|actually|honestly|of\scourse|unfortunately|congratulations|wow|haha|lol|great
    |nice|cool"""
_SUBJECTS = r"""
    i|i['’]m|i'd|i'll|i've|you|you're|your|my|me\stoo|we|we're|our|he|he's|she|she's|it|it['’]s|its|they|they're|their|this
    |that|that's|these|those|there|there's|here|here's|everyone|everything|nothing|someone"""
_OTHERS = r"""
    the|a|an|what|why|how|when|where|who|which|if|because|since|although|while|but|so|let's|let|don't|do\syou|did\syou|can
    |could|would|should|will|just|never|always|not|as\san|in\smy|in\sthe|on\sthe|at\sthe|to\sbe|to\smake|for\sme|for\sthe
    |with\sa|with\sthe|try|make\ssure|however|generally|yesterday|today|tomorrow"""
_LOWER_OPENING = re.compile(rf"(?:{_REPLIES}|{_SUBJECTS}|{_OTHERS})(?![\w'’])", re.VERBOSE)
_KOREAN = re.compile(r"[A-Za-z]*\s?[가-힣ㄱ-ㅎㅏ-ㅣ]")
GLUED = re.compile(
    rf"""[가-힣ㄱ-ㅎㅏ-ㅣ] | {_ARTICLE} | (?:To|In|On|At|It|He|We|My|As|If|Go|By|Do|So|An|No|Oh|Hi)\b
    | [A-Z]{{3}} | [A-Z]{{2}}[a-z] | [A-Z](?:[a-z]{{2,}}|['’]|\s)
    | (?i:sure|yes|yeah|no|nope|well|ok|okay|oh|hi|hey|hello|thanks|sorry|maybe|the|it's|i'm|i|you|we|they|this
        |that)(?!\w)
    | [\u2600-\u27bf\U0001f300-\U0001faff]""",
    re.VERBOSE,
)
# After a number, a comma and a small letter the number's own sentence goes on: "35, and no older", "8: two big".
GOES_ON = re.compile(rf"\s?[,:;(–—]\s?(?!(?:{_REPLIES}|{_SUBJECTS})(?![\w'’]))[a-z]", re.VERBOSE)

# A new sentence where none is due, after nothing but a space: an interjection, or a pronoun as its subject.
_INTERJECTION = r"""(?:
    (?:넵|네|예|응|웅|어|아니|아뇨|아니요|음+|글쎄|그래|그럼|그러게|어떡해|물론|당연|미안)(?![가-힣])
    | (?:물론|당연|안녕|고마|미안|반가)[가-힣]
    | (?:Sure|Yes|Yeah|No|Well|Of\scourse|Hello|Hi|Hey|Thanks|Sorry|Absolutely|Definitely)(?![\w-]))"""
_SUBJECT = r"""(?:
    (?:나는|난|나도|내가|저는|저도|제가|전|너는|넌|우리는|우리가|우리도|(?:오늘|지금|요즘|어제|내일)은)(?![가-힣])
    | (?:I|I['’]m|I['’]d|I['’]ll|You|We|They|He|She|It|It['’]s|That['’]s|This|The|There|My|Your)(?![\w-]))"""
_CAPITAL = r"(?:You|We|They|He|She|It|That|This|The|There|My|Your|One|In|To|A|An|Some|Most|For|If|Try)\b"
# "2 years ago because …": the phrase of time has no sentence of its own.
CUTS_OFF_TIME = re.compile(rf",?[ \t]+(?:{_INTERJECTION}|{_CAPITAL}) | \s(?:because|although|if)\b", re.VERBOSE)
_SAID_YES = r"""(?:yes|yeah|yep|sure|oh|hi|hello|hey|sorry|thanks|not\sreally|let['’]s
    |no(?!\s(?:more|less|later|longer|matter|doubt|problem)))(?![\w-])"""
CUTS_OFF_QUANTITY = re.compile(
    rf"""에?[ \t]+(?:{_INTERJECTION}|{_SUBJECT}|{_SAID_YES})
    | ![ \t]+(?:응|네|예|아니|아뇨|(?i:yes|no|sure))(?![가-힣\w-])""",
    re.VERBOSE,
)
_VERB = r"(?:is|are|was|were|has|have|will|can|looks?|feels?|smells?|tastes?)"
# What one thinks, says or spends may follow its object: "2 weeks I think", "3 hours I waited".
_TAKES_QUANTITY = r"""(?:think|thought|guess|suppose|reckon|believe|hope|mean|know|say|said|told|spent|waited|worked
    |lived|walked|had|need|needed|owe|paid|get|got|found|lost|slept|ran)"""
ENGLISH_CLAUSE = re.compile(
    rf"""[ \t]+(?:(?:i|we|you|he|she|they)\s(?!{_TAKES_QUANTITY}\b)[a-z]
    | (?:my|your|our|his|her|their|this|there)\s(?:\w+\s){{0,3}}?{_VERB}\b
    | the\s(?!whole|entire|first|last|other|next|most|rest|lot|way|wrong|right)(?-i:[a-z]+)\s\w
    | (?:why|what|who|how|where)\s(?:is|are|was|were|do|does|did)\b)""",
    _FLAGS,
)
REPLY = re.compile(rf"(?:{_SAID_YES}|(?:응|네|예|넵|아니|아뇨|아니요|아니오)(?![가-힣]))", _FLAGS)
# "3번 식물이 …": an item, a space and a subject that is no numbered thing.
ITEM_SUBJECT = re.compile(
    r"(?!버스|문제|출구|선수|타자|트랙|홈|게이트|창구|방이|자리|좌석|채널|국도|정도|이상|연속|답이)[가-힣]{2,}(?:[이가]\s|\s어때)"
)


def begins_sentence(after: str) -> bool:
    """Whether the text after a number is a sentence of its own, rather than the noun that is counted."""
    rest = after.lstrip(PAUSES + " \t\r\n\u00a0\u200b")
    if not rest:
        return False
    paused = any(character in PAUSES or character in "\n\r" for character in after[: len(after) - len(rest)])
    if rest[0].isdigit():
        return False
    if paused or _KOREAN.match(rest) or _LOWER_OPENING.match(rest):
        return True
    return (rest[0].isupper() and not rest[1:2].isupper()) or (
        not rest[0].isalnum() and rest[0] not in "()[]{}/\\+=*<&%$#@^_`|"
    )
