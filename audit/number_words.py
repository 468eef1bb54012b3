"""The words around a number, in English and Korean: units, counters, phrases of time, and how a sentence begins."""

from __future__ import annotations

import re

N = r"\d+(?:[.,．，]\d+)*"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember)\b"
)
SPAN = r"(?:second|minute|hour|day|week|weekend|month|year|decade|centur(?:y|ie)|night|semester)s?"

# After "2. " or "3. ": not an item but an ordinal, as German and football write it.
AFTER_ORDINAL = re.compile(rf"{MONTH}|(?:FC|SC|VfL|TSV|Bundesliga|Liga|Weltkrieg|Jahrhundert|Platz|Stock|Klasse|division)\b", re.IGNORECASE)

# Korean counters and units; a word goes on with a particle or ends (see _TAIL).
_COUNTERS = """
살 세 대 학년 학번 학기 학점 등급 등 위 점 승 무 패 강 골 연승 연패 타수 할 푼 리
시간 시 분 초 일 주일 주 개월 달 월 년 년도 년대 년생 연차 주년 주차 일차 년차 회차 해 세기 분기 교시 박 밤 절기 끼 시즌
개 명 번 번째 번지 호 호선 호실 층 권 마리 잔 그릇 병 캔 컵 스푼 숟갈 큰술 작은술 티스푼 조각 판 모 알 봉지 봉 팩 박스 상자 통 접시 인분 줌 꼬집 단 포기 쪽 톨 송이 다발 그루 뿌리
장 매 쪽지 페이지 줄 행 자 글자 음절 단어 문장 문단 편 화 부 부작 탄 기 막 곡 절 악장 컷 회 차례 바퀴 판째 라운드 세트 게임 이닝 쿼터 루타
켤레 벌 쌍 짝 채 동 척 대째 자루 송 포대 가마니 필지 평 평형 칸 군데 곳 구역 가구 세대 가지 종 종류 종목 항목 단계 계단 급 급수 단지 순위 코스 줄기 방울 걸음 발 발짝 보 손가락 손
사람 인 인용 인조 인칭 인자 남매 형제 자매 식구 가족 남 녀 촌 대손 성 성급 성호 군 루 타 차 차원 차로 차선 차례 도 도씨 배 배속 배율 겹 중 축 각형 각 면체 면 변
원 천원 만원 백원 천 만 억 조 백 십 전 불 달러 유로 엔 위안 파운드 페니 센트 퍼센트 프로 퍼 포인트 칼로리 킬로칼로리
미터 센티미터 센티 밀리미터 밀리 킬로미터 킬로 킬로그램 그램 톤 리터 밀리리터 인치 피트 마일 야드 헥타르 제곱미터 제곱킬로미터 와트 볼트 암페어 헤르츠 데시벨 바이트 비트 메가 메가바이트 기가 기가바이트 테라바이트 픽셀 화소 만보 광년 노트 시시 기압 헥토파스칼
계절 대륙 개국 국 나라 도시 과목 문제 문항 질문 요소 원칙 대강령 지선다 간지 지신 행시 사분면 단논법 대장경 방미인 음계 선지 자리 자릿수 진수 진법 승제 제곱 제곱근 제곱미터 선 선거구 학급 반 기통 구 홀 할푼리 연발 남짓 여 호기 호점 대대 연대 사단 중대 소대 관왕 연패 타석 타점 홈런 안타 실점 득점 도루 연속 관문 주기 화음 도화음 종경기 대질문 대과제 큰술
"""
# A counter goes on with one of these, or the word ends. "주말", "일단" and "분명" do not look so.
_TAIL = (
    r"(?=[^가-힣]|$|(?:쯤|씩|정도|가량|간|째|짜리|만|여|들이|동안|이상|이하|이내|미만|초과|까지|부터|마다|마저|조차|밖에|뿐|처럼|같이|보다|전|후|뒤|내내|말|초|중순|반|대|생|산|급|식|형|차|당|의|을|를|은|는|가|에|로|으로|와|과|랑|하고|도"
    r"|이(?![가-힣])|이(?:나|야|지|고|라|에|었|랑|면|다|니|든|란|거|죠|네|며|었|여|던)|야|예요|에요|입니|였|인|임|일|요|죠|지|네|다|라(?:고|는|서|면|니|도|며)|나|고|든|면서|면)(?![말든명]))"
)
# Common words that only look like a counter and a particle.
_NO_COUNTER = (
    "개인|개그|개나리|개도국|달라|달리|달콤|차라리|차가|차갑|차이|차은|차마|대로|대부|대체|대신|대학|대박|대화|대단|일이|일하|일단|일어|일찍|일요|일본|일부|일반|일상|일정|일등|일기|시작|시험|시도|시원|시끄|시장|"
    "분명|분위|분야|분식|초콜|초대|초등|초보|주말|주로|주문|주변|주인|주말|주의|주제|주식|장난|장미|장소|장점|장마|번호|번역|번개|명심|명절|명언|명품|권하|층간|병원|병이|판단|조금|조심|조용|만나|만약|만들|만두|만족|만화|만남|천천|"
    "천재|천국|억울|백화|십대|전혀|전화|전부|전에|전체|배고|배우|배달|배불|배가|배부|배경|배터|인생|인정|인간|인기|인사|인스|인천|인형|인공|위로|위험|위해|위치|등산|등교|점심|점점|무슨|무조|무서|무엇|무척|무리|무지|무료|무한|강아|강남|강의|강추|승부|패션|골라|골프|"
    "월요|월급|월드|월세|연애|연락|연습|연예|해외|해야|해봐|해줘|해물|해도|해서|해보|해산|회사|회식|회의|부담|부산|부럽|부모|부탁|부자|기분|기대|기다|기억|기타|기차|기쁘|기뻐|기본|기술|막걸|막상|막내|곡성|절대|절친|매일|매운|매우|매번|매력|매너|자기|자꾸|자주|자고|자동|자연|자신|자전|자유|행복|행운|행동|"
    "편하|편의|편지|편안|편해|화장|화나|화가|화이|화요|화려|화면|줄게|줄까|줄래|줄넘|단풍|단순|단짝|단점|단단|통화|통장|모두|모든|모르|모임|모험|모기|알아|알려|알겠|알고|알바|알람|잔소|잔다|잔잔|쪽팔|종일|종로|동네|동물|동생|동의|채소|채식|채팅|척하|필요|곳곳|가지마|가지고|가족|보통|보고|보여|보면|보자|보니|발표|발라|발견|손님|손잡|"
    "사람들은|남자|남친|남편|남산|녀석|성공|성격|성적|성인|성형|군대|군인|군것|루틴|타고|타로|도착|도대|도움|도서|도전|도시락|도와|도로|도무|도중|중국|중요|중간|중에|중학|축구|축하|축제|각자|각각|면접|변화|변함|원래|원하|원조|전공|불금|불안|불고|불편|퍼즐|나라면|국밥|국내|국수|국물|문제없|질문있|선물|선생|선택|선배|반가|반갑|반드|반대|구경|구름|홀로|"
    "여행|여자|여기|여름|여친|여유|여러|리듬|리그|리액|포장|포기해|포기하|박수|밤새|밤하|밤에|밤이|끼리|평소|평일|평생|평화|평범|칸쵸|급하|급식|세상|세계|세수|세트로|살아|살짝|살찌|살이 찌|살빼|호텔|호감|호기심|호두|층층|마리아"
)
_BY_LENGTH = "|".join(sorted(set(_COUNTERS.split()), key=lambda word: (-len(word), word)))
_COUNTER = re.compile(
    rf"{N}\s?(?:여|몇)?\s?(?!(?:{_NO_COUNTER}))(?:{_BY_LENGTH})(?:{_BY_LENGTH})?(?:\s?(?:{N})\s?(?:{_BY_LENGTH}))?{_TAIL}"
)

_UNITS = r"""
    %|°|′|″|℃|℉|㎏|㎝|㎞|㎡|²|kg|g|mg|km|cm|mm|m|m2|km2|nm|l|ml|cl|dl|oz|lbs?|ft|in|inch(?:es)?|feet|foot|yards?|miles?|mph|kmh|kph|km/h|m/s|hz|khz|mhz|ghz|kb|mb|gb|tb|kbps|mbps|gbps|bits?|bytes?
    |v|w|kw|kwh|mw|a|ah|mah|ma|k|c|f|j|kj|n|pa|kpa|hpa|bar|psi|atm|db|px|pt|dpi|ppm|fps|rpm|hp|cc|cal|kcal|calories|s|ms|secs?|mins?|hrs?|h|am|pm|a\.m|p\.m|usd|eur|gbp|krw|jpy|cents?|dollars?|euros?|pounds?|won|yen|bucks?
    |percent|per\s?cent|degrees?|celsius|fahrenheit|kelvin|times|x|cups?|tbsps?|tsps?|tablespoons?|teaspoons?|cloves?|slices?|ounces?|grams?|kilograms?|kilomet(?:er|re)s?|met(?:er|re)s?|lit(?:er|re)s?|gallons?|quarts?|pints?
    |hundred|thousand|million|billion|trillion|dozen|point|square|cubic|light|bc|bce|ad|ce|cm3|mol|moles?|atoms?|people|men|women|children|star|stars|wheel|p|i/o|d|g
"""
_UNIT = re.compile(rf"{N}[\s-]?(?:{_UNITS})(?![a-z'])", re.IGNORECASE | re.VERBOSE)

_OFFSET = (
    rf"{N}\s?(?:초|분|시간|일|주일|주|달|개월|년|해|학기|세기)\s?(?:쯤|정도|반|쯤\s)?\s?(?:전|후|뒤|이내|안)(?:쯤)?(?=에|이|엔|의|까지|부터|만|\s|[,.!?…]|$|쯤|인|인데|이면|이라)에?"
    rf"|{N}\s{SPAN}\s(?:ago|later|from\snow|from\stoday|after|before|earlier|hence|back|since|prior|ahead)\b"
)
_DATE = (
    r"\d{4}\s?년\s?\d{1,2}\s?월(?:\s?\d{1,2}\s?일)?(?:생)?|\d{1,2}\s?월\s?\d{1,2}\s?일|\d{4}\s?[.\-/]\s?\d{1,2}\s?[.\-/]\s?\d{1,2}\.?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\.?\s(?:of\s)?{MONTH}(?:,?\s\d{{4}})?|\d{{1,2}}\.\s?\d{{1,2}}\.?(?=\s*[(]?[월화수목금토일](?:요일|[)]))"
)

# What may follow a number, in the order in which they are tried; the first that fits names it.
FOLLOWS = {
    "end": re.compile(r"[\s\d.,:;/%+\-–−*×÷=()^~°$€£₩!?…\"'`\u200b\ufeff．，]+$"),
    "date": re.compile(_DATE, re.IGNORECASE),
    "code": re.compile(rf"\d+(?:\.\d+){{2,}}|{N}\s?[;{{}}\]<>|]|0x|\d+(?:-\d+){{2,}}|\d{{3,4}}-\d{{4}}"),
    "offset": re.compile(_OFFSET, re.IGNORECASE),
    "time": re.compile(r"\d{1,2}:\d{2}|\d{1,2}\s?(?:[ap]\.?\s?m\b|o['’]clock|noon\b|midnight\b)|\d{1,2}\s?시(?:쯤|경|에|부터|까지|\s?반|\s?\d+\s?분|(?=[^가-힣]|$))", re.IGNORECASE),
    "score": re.compile(rf"{N}\s?[:/]\s?\d|{N}\s?대\s?\d|\d+\s?전\s?\d+\s?(?:기|승)|{N}\s?만점|{N}\s?(?:out\sof|of\s\d)|{N}\s?분의\s?\d"),
    "range": re.compile(rf"{N}\S{{0,3}}\s?[-–—~∼〜]\s?\d|{N}\s(?:to|or|and|through|by|vs\.?|in|of|x)\s(?:the\s)?\d|{N}\s(?:to|or|and)\s(?:one|two|three|four|five|six|seven|eight|nine|ten|more)\b|{N}\S{{0,2}}에서\s?\d"),
    "year": re.compile(r"\d{4}\s?년|(?:1\d{3}|20\d{2})(?:['’]?s\b|\s(?:was|is|has|saw|marked|will|had|in|to|and|World|Olympic|edition|season|model|film|album)\b|\s?[-–—:(])"),
    "arithmetic": re.compile(rf"{N}\s?(?:[+×÷=*/^<>≤≥≈±√!](?=\s?[\d(a-z])|[+×÷=*^≤≥≈±])|{N}\s[x\-−–]\s\d|{N}[a-z]?\s?(?:plus|minus|divided\sby|multiplied\sby|더하기|빼기|곱하기|나누기)\b"),
    "percent": re.compile(rf"{N}\s?(?:%|％|퍼센트|프로(?![가-힣]{{2}})|per\s?cent)"),
    "currency": re.compile(rf"{N}\s?[$€£¥₩₹]"),
    "ordinal": re.compile(r"\d+(?:st|nd|rd|th|번째)(?![a-z])", re.IGNORECASE),
    "sequence": re.compile(rf"{N}\s?(?:[,;、·]|과|와|and|&)?\s*[-(\[]?\d|{N}\s?(?:\([^)]*\)|\[[^\]]*\])"),
    "unit": _UNIT,
    "counter": _COUNTER,
    "particle": re.compile(rf"{N}(?:은|는|이|가|을|를|의|에|에서|로|으로|와|과|도|만|부터|까지|보다|처럼|이나|나|이랑|랑|이고|이란|이라는|이라고|에게|에는|이면|이야|이에요|예요|입니다|이지|인데|이다|요|임|인)(?=[^가-힣]|$)"),
    "name": re.compile(
        rf"\d+-[A-Za-z가-힣]|\d+[A-Z]{{1,4}}(?![a-z])|\d+[a-zA-Z](?![a-zA-Z'])|\d+[a-z]+\d|\d+['’´](?:s|clock)?"
        rf"|\d+\s?(?:Password|Pac|Blue1|Cent|Chainz|Savage|Up\b|Doors|Idiots|Musketeers|Eleven|Direction|Day\b|Hour|chan|zip|andme|and\sMe|DS|Michelin|Corinthians|Samuel|Kings|Chronicles|Thessalonians|Timothy|Peter\b|John\b|Esdras)"
        rf"|{N}\s(?:[A-Z][\w'’]*\s){{0,2}}(?:[A-Z][\w'’]*\s)(?:Street|St\b|Avenue|Ave\b|Road|Rd\b|Lane|Drive|Dr\b|Boulevard|Blvd|Way|Court|Square|Place)"
        rf"|{N}\s(?:[A-Z][\w'’]+\s)*(?:Men|Women|Habits|Years?|Days?|Weeks?|Months|Hours|Minutes|Seconds|Ways|Steps|Tips|Reasons|Things|Rules|Feet|Leagues|Nights|Seasons|Best|Questions|Facts|Ideas|Signs|Secrets|Pieces?|Cups?|Cloves?|Slices?)\b"
        rf"|{N}\s[A-Z]{{2,}}(?:s|\b)(?<!\bOK)(?<!\bYES)(?<!\bNO)"
    ),
}
SPANNED = ("date", "offset", "time", "year")  # phrases worth marking whole

PAUSES = ",，!！?？:：;；-–—~…·>|.\"“'"

# How a sentence begins in lower case, that a number's own phrase does not.
_OPENERS = (
    "sure|yes|yeah|yep|yup|no|nope|nah|well|ok|okay|oh|ah|hmm+|um+|uh|hi|hey|hello|thanks|thank you|sorry|please|maybe|perhaps|probably|absolutely|definitely|certainly|actually|honestly|of course|"
    "i|i'm|i’m|i'd|i'll|i've|you|you're|your|my|me too|we|we're|our|he|she|he's|she's|it|it's|its|they|they're|their|this|that|that's|these|those|there|there's|here|here's|the|a|an|"
    "what|why|how|when|where|who|which|if|because|since|although|while|but|so|let's|let|don't|do you|did you|can|could|would|should|will|just|never|always|not|as an|congratulations|wow|haha|lol|great|nice|cool|"
    "in my|in the|on the|at the|to be|to make|for me|for the|with a|with the|try|make sure|unfortunately|however|generally|yesterday|today|tomorrow|everyone|everything|nothing|someone"
)
_LOWER_OPENING = re.compile(rf"(?:{_OPENERS})(?![\w'’])")
_KOREAN = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
GLUED = re.compile(rf"[가-힣ㄱ-ㅎㅏ-ㅣ]|[A-Z](?:[a-z]{{2,}}|['’]|\s)|(?i:sure|yes|yeah|no|nope|well|ok|okay|oh|hi|hey|hello|thanks|sorry|maybe|the|it's|i'm|i|you|we|they|this|that)(?![\w])|[\u2600-\u27bf\U0001f300-\U0001faff]")


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
    return (rest[0].isupper() and not rest[0:2].isupper()) or not rest[0].isalnum() and not rest[0] in "()[]{}/\\+=*<&%$#@^_`|"
