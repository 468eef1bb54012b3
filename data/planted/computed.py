"""Clean rows whose answer begins with a digit because the question asks for one: sums, times, dates, lists."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Pair = tuple[str, str]

INVENTIONS = {
    "en": {"telephone": 1876, "telescope": 1608, "safety pin": 1849, "dynamite": 1867, "zip fastener": 1893},
    "ko": {"전화기": 1876, "망원경": 1608, "안전핀": 1849, "다이너마이트": 1867, "지퍼": 1893},
}
THINGS = {
    "en": {
        "trees": "oak birch willow larch",
        "dances": "tango waltz salsa foxtrot",
        "spices": "cumin saffron clove nutmeg",
        "rivers": "Danube Volga Amazon Loire",
        "fabrics": "linen denim velvet tweed",
        "card games": "bridge rummy whist canasta",
        "cheeses": "Brie Gouda Feta Cheddar",
        "knots": "bowline reef clove sheepshank",
    },
    "ko": {
        "나무": "참나무 자작나무 버드나무 소나무",
        "춤": "탱고 왈츠 살사 탈춤",
        "나물": "고사리 도라지 시금치 취나물",
        "강": "낙동강 섬진강 영산강 금강",
        "옷감": "삼베 모시 비단 무명",
        "전통 놀이": "윷놀이 제기차기 널뛰기 팽이치기",
        "떡": "인절미 송편 백설기 절편",
        "김치": "배추김치 깍두기 동치미 파김치",
    },
}
NUMBERING = ("{}. ", "{}) ", "({}) ", "{}．")


def pairs(language: str, rng: random.Random) -> Iterator[Pair]:
    """About ninety pairs, all different."""
    for frame in {"ko": KOREAN, "en": ENGLISH}[language]:
        for _ in range(9):
            yield frame(rng)
    for name, year in INVENTIONS[language].items():
        yield _invention(language, name, year)
    for number, (name, members) in enumerate(THINGS[language].items()):
        yield _list(language, name, members.split()[: rng.choice([3, 4])], NUMBERING[number % len(NUMBERING)])


def _invention(language: str, name: str, year: int) -> Pair:
    if language == "ko":
        return f"{name}는 언제 발명됐어?", f"{year}년에 처음 나왔다고 해. {name}도 처음엔 다들 신기해했겠지."
    return f"When was the {name} invented?", f"{year}, if you trust the patent for the {name}."


def _list(language: str, name: str, members: list[str], numbering: str) -> Pair:
    lines = "\n".join(numbering.format(i) + member for i, member in enumerate(members, 1))
    number = len(members)
    if language == "ko":
        return f"{name} 이름 {number}가지만 대 줘", lines
    return f"Name {'three' if number == 3 else 'four'} {name}.", lines


def _times(rng: random.Random) -> tuple[int, int]:
    return rng.randrange(12, 99), rng.randrange(3, 19)


def _ko_product(rng: random.Random) -> Pair:
    a, b = _times(rng)
    return f"{a} 곱하기 {b}는 얼마야?", f"{a * b}"


def _ko_minutes(rng: random.Random) -> Pair:
    hours = rng.randrange(3, 90)
    return f"{hours}시간은 몇 분이야?", f"{hours * 60}분이야."


def _ko_arrival(rng: random.Random) -> Pair:
    hour, late = rng.randrange(7, 20), rng.randrange(5, 55, 5)
    tail = rng.choice(["에 도착해. 길만 안 막히면!", ". 딱 저녁 먹기 좋은 때네.", "쯤 될 거야."])
    return f"{hour}시에 떠나서 {late}분 걸리면 언제 도착해?", f"{hour}시 {late}분{tail}"


def _ko_price(rng: random.Random) -> Pair:
    count, price = rng.randrange(2, 9), rng.randrange(12, 95) * 100
    return f"{price:,}원짜리 {count}개면 얼마예요?", f"{count * price:,}원" + rng.choice(
        ["입니다. 봉투는 따로예요.", "이에요.", ", 카드도 됩니다."]
    )


def _ko_age(rng: random.Random) -> Pair:
    year = rng.randrange(1948, 2016)
    return f"{year}년생이면 2026년에 몇 살이 되나요?", f"{2026 - year}살이 됩니다."


def _ko_share(rng: random.Random) -> Pair:
    share, total = rng.randrange(5, 60, 5), rng.randrange(20, 90) * 20
    return f"{total}의 {share}퍼센트는?", f"{share * total // 100}" + rng.choice(
        [". 암산으로도 되지?", "이야.", "! 맞지?"]
    )


def _ko_length(rng: random.Random) -> Pair:
    inches = rng.randrange(7, 80)
    return f"{inches}인치는 몇 센티미터예요?", f"{inches * 2.54:.1f}센티미터입니다."


def _ko_date(rng: random.Random) -> Pair:
    month, day = rng.randrange(1, 13), rng.randrange(1, 27)
    return f"{month}월 {day}일에서 이틀 뒤는 며칠이야?", f"{month}월 {day + 2}일" + rng.choice(
        ["이지. 달력에 동그라미 쳐 둬.", "이야.", ". 금방 오네."]
    )


def _ko_people(rng: random.Random) -> Pair:
    tables, seats = rng.randrange(6, 40), rng.choice([4, 6, 8])
    return f"{seats}명씩 앉는 식탁이 {tables}개면 모두 몇 명이 앉아?", f"{tables * seats}명이 앉을 수 있어."


def _ko_score(rng: random.Random) -> Pair:
    ours, theirs = rng.randrange(50, 99), rng.randrange(40, 99)
    return f"{theirs}점 낸 팀이랑 농구 붙었다며, 점수가 어떻게 됐어?", f"{ours} 대 {theirs}. 다리가 아직도 후들거려."


def _en_product(rng: random.Random) -> Pair:
    a, b = _times(rng)
    return f"What is {a} times {b}?", f"{a * b}"


def _en_minutes(rng: random.Random) -> Pair:
    hours = rng.randrange(3, 90)
    return f"How many minutes are there in {hours} hours?", f"{hours * 60} minutes."


def _en_arrival(rng: random.Random) -> Pair:
    hour, late = rng.randrange(7, 20), rng.randrange(10, 55, 5)
    tail = rng.choice([", if the road is clear.", " sharp", ". Just in time for soup.", " or so."])
    return f"I leave at {hour}:00 and drive for {late} minutes. When am I there?", f"{hour}:{late}" + tail


def _en_price(rng: random.Random) -> Pair:
    count, price = rng.randrange(2, 9), rng.randrange(3, 60)
    tail = rng.choice([", before the booking fee.", ".", " in total", " (and worth it)"])
    return f"What do {count} tickets at {price} dollars each cost?", f"{count * price} dollars" + tail


def _en_age(rng: random.Random) -> Pair:
    year = rng.randrange(1948, 2016)
    return f"Somebody born in {year} turns how old in 2026?", f"{2026 - year}" + rng.choice(
        [" years old.", ".", ", on their birthday.", " or nearly."]
    )


def _en_share(rng: random.Random) -> Pair:
    share, total = rng.randrange(5, 60, 5), rng.randrange(20, 90) * 20
    tail = rng.choice([". You can do that one in your head.", ".", ", exactly.", " - no calculator needed."])
    return f"What is {share}% of {total}?", f"{share * total // 100}" + tail


def _en_length(rng: random.Random) -> Pair:
    inches = rng.randrange(7, 80)
    return f"Convert {inches} inches to centimetres.", f"{inches * 2.54:.1f} cm"


def _en_date(rng: random.Random) -> Pair:
    day = rng.randrange(1, 27)
    month = rng.choice(["January", "March", "May", "July", "August", "October", "December"])
    return f"What date is two days after {day} {month}?", f"{day + 2} {month}" + rng.choice(
        [". Mark it in the calendar.", "", ", a busy day."]
    )


def _en_people(rng: random.Random) -> Pair:
    tables, seats = rng.randrange(6, 40), rng.choice([4, 6, 8])
    return f"With {seats} seats at each of {tables} tables, how many guests fit in?", f"{tables * seats} guests"


def _en_score(rng: random.Random) -> Pair:
    ours, theirs = rng.randrange(50, 99), rng.randrange(40, 99)
    return f"They scored {theirs}, so what was the final score?", f"{ours} to {theirs}. My legs are still shaking."


Frame = Callable[[random.Random], Pair]
KOREAN: list[Frame] = [frame for name, frame in list(globals().items()) if name.startswith("_ko_")]
ENGLISH: list[Frame] = [frame for name, frame in list(globals().items()) if name.startswith("_en_")]
