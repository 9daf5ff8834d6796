"""What it costs to propose which of 100,000 names mean one organisation.

- the whole: reading the names, choosing what to compare, comparing; seconds of processor, memory, and the
  share of the organisations written in Chinese and in English that are found;
- against plain strings: the same proposals for a sample, over rapidfuzz comparing all its pairs.

The organisations are made from the vocabulary of names, always the same. Run: python benchmarks/matching.py
[HOW MANY NAMES].
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable

from rapidfuzz import fuzz, process

from parkgraph.graph.matching import Party, propose
from parkgraph.graph.naming import lexicon, pinyin

NAMES = 100_000
SAMPLE = 4_000


def made(count: int) -> list[Party]:
    """Half as many organisations as names, each once in Chinese and once in English."""
    chance = random.Random(1)  # noqa: S311
    words = list(lexicon().words.values())
    places = [place for place, province in lexicon().province_of.items() if place != province]
    topics = [word for word in words if word.role == "topic" and len(word.text) > 1 and word.english]
    bodies = [("大学", "University"), ("研究所", "Institute"), ("医院", "Hospital"), ("博物馆", "Museum")]
    syllables = (
        "锐祺博瑞宏嘉鑫泰晟朗卓弘尚恒骏岚启明远航德润盛达凯旋誉诚信雅颂毓秀景澜沐阳若水云帆致和君越思齐"
    )
    chosen: dict[str, str] = {}
    while len(chosen) < count // 2:
        place, topic, (body, english) = chance.choice(places), chance.choice(topics), chance.choice(bodies)
        own = "".join(chance.sample(syllables, 2))
        told = " ".join(topic.english[0]).title()
        spelled = "".join(pinyin(own)).title()
        chosen.setdefault(
            f"{place}{own}{topic.text}{body}",
            f"{spelled} {told} {english} of {''.join(pinyin(place)).title()}",
        )
    kinds = frozenset({"Institution"})
    parties = []
    for number, (chinese, english) in enumerate(chosen.items()):
        parties += [Party(f"zh{number:06}", kinds, (chinese,)), Party(f"en{number:06}", kinds, (english,))]
    return parties


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else NAMES
    parties = made(count)
    start = time.process_time()
    proposals = propose(parties)
    spent = time.process_time() - start
    pairs = {frozenset((p.a, p.b)) for p in proposals if p.verdict == "same"}
    found = sum(frozenset((f"zh{n:06}", f"en{n:06}")) in pairs for n in range(count // 2))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} names                     {spent:6.0f} s of processor, {memory:.0f} MB at most")
    print(f"  found in both languages      {found / (count // 2):6.1%} of {count // 2}")
    sample = parties[:SAMPLE]
    names = [party.names[0] for party in sample]
    ours = seconds(lambda: propose(sample))
    plain = seconds(lambda: process.cdist(names, names, scorer=fuzz.token_sort_ratio))
    print(f"{SAMPLE} names / rapidfuzz, all pairs {ours / plain:6.2f}")


if __name__ == "__main__":
    main()
