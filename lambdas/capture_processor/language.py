"""In what language a text seems to be: a heuristic of scripts and of the commonest words.

Libraries that do better bring compiled code or models of many megabytes; for a share that moves, this is enough.
Texts that say too little are `und`, as BCP 47 calls what is undetermined.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

UNDETERMINED = "und"
LOOKED_AT_CHARACTERS = 2000

_SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "CYRILLIC": "ru", "ARABIC": "ar", "HEBREW": "he",
    "GREEK": "el", "DEVANAGARI": "hi", "BENGALI": "bn", "THAI": "th", "TAMIL": "ta",
}  # fmt: skip
# Function words, each of one language only: shared ones (de, la, a, in, es) would vote for several.
_WORDS = {
    "en": "the and of to is that for with what how this you are was on not have it be do does can from my",
    "de": "der die das und ist nicht ich wie für mit ein eine auf den dem zu von wir sie kann wird auch bitte",
    "fr": "le les et est une pour dans que qui pas vous je du des au avec sur ce cette comment sont nous",
    "es": "el los las y una por para con qué cómo como del se su más pero está son muy quiero cuál",
    "pt": "o os uma não em um por com do da dos das você é ao mais são está qual muito eu",
    "it": "il gli che è di per non una sono della nel come si anche più questo quale perché mi ho",
    "nl": "het een en van ik niet is dat op te zijn voor met wat hoe aan kan deze er maar ook je",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str:
    """A language tag of two letters, or `und`."""
    text = text[:LOOKED_AT_CHARACTERS]
    scripts = Counter(_script(character) for character in text if character.isalpha())
    if not scripts:
        return UNDETERMINED
    # A tenth of kana makes Japanese of what is mostly Chinese characters.
    if scripts["ja"] and scripts["ja"] * 10 >= scripts["zh"] and scripts["ja"] + scripts["zh"] > scripts["latin"]:
        return "ja"
    script = scripts.most_common(1)[0][0]
    return _by_words(text) if script == "latin" else script


def _script(character: str) -> str:
    if character.isascii():
        return "latin"
    name = unicodedata.name(character, "")
    return next((language for script, language in _SCRIPTS.items() if name.startswith(script)), "latin")


def _by_words(text: str) -> str:
    votes: Counter[str] = Counter()
    for word in _WORD.findall(text.lower()):
        for language in _LANGUAGES_OF.get(word, ()):
            # A word of two languages is half a vote for each.
            votes[language] += 2 if len(_LANGUAGES_OF[word]) == 1 else 1
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return UNDETERMINED
    return ranked[0][0]
