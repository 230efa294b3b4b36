"""The folding table: its rules by example, its laws over all of Unicode, and that the shipped table is what they yield."""

import base64
import sys
import unicodedata
import zlib

import numpy as np
import pytest

from monitor.core import letters, letters_data
from monitor.core.letters import APOSTROPHE, BRACKET, BREAK, DOT, HARD, HYPHEN, JOINER, SEMICOLON, SEVERAL, SPACE
from tools import make_letters

EVERY = range(sys.maxunicode + 1)


def folded(text: str) -> str:
    """Return the letters that stay of a text, looked up one by one."""
    table, found = letters.table(), []
    for point in map(ord, text):
        one = int(table.single[point])
        found.append(table.several[point] if one == SEVERAL else chr(one) if one else "")
    return "".join(found)


def marks(letter: str) -> int:
    """Return the marks of a character; its letters must be none."""
    assert folded(letter) == ""
    return int(letters.table().marks[ord(letter)])


@pytest.mark.parametrize(
    ("spellings", "letters"),
    [
        # Latin
        ("Straße STRASSE STRAẞE", "strasse"),
        ("ﬁre FIRE", "fire"),
        ("İzmir I\u0307zmir ızmir izmir", "izmir"),
        ("José Jose\u0301 JOSÉ", "jose"),
        ("Łódź lodz", "lodz"),
        ("Ærø aero", "aero"),
        ("Œuvre oeuvre", "oeuvre"),
        ("Þórður thordur", "thordur"),
        ("Đakovica dakovica", "dakovica"),
        ("Ħamrun hamrun", "hamrun"),
        ("Ɓauchi bauchi", "bauchi"),
        ("Əhməd ehmed", "ehmed"),
        ("ᴛᴀʟɪʙᴀɴ ＴＡＬＩＢＡＮ 𝐓𝐚𝐥𝐢𝐛𝐚𝐧 𝕿𝖆𝖑𝖎𝖇𝖆𝖓 Ⓣⓐⓛⓘⓑⓐⓝ 🅃🄰🄻🄸🄱🄰🄽", "taliban"),
        ("ʿAbbās ʾAbbas ʼAbbas ʻabbas", "abbas"),
        ("Ⅷ viii", "viii"),
        ("H₂O h2o", "h2o"),
        # Cyrillic
        ("Ёлка Е\u0308лка елка", "елка"),
        ("Бийск Би\u0438\u0306ск бииск", "бииск"),
        ("Київ Киі\u0308в", "киів"),
        ("Ґонґадзе Гонгадзе", "гонгадзе"),
        ("Тоҷикистон Точикистон", "точикистон"),
        ("Ҷумҳурӣ Чумхури", "чумхури"),
        ("Қурғонтеппа Кургонтеппа", "кургонтеппа"),
        ("Кӯлоб Кулоб", "кулоб"),
        ("Өзбек Озбек", "озбек"),
        ("Нұрсұлтан Нурсултан", "нурсултан"),
        # Arabic script: yeh, kaf, heh, alef, waw and their kin
        ("ی ي ى ې ۍ ے ۓ ئ ێ ؠ ﯼ ﻱ ﻰ ﮮ ﺉ ی\u0654 ٸ", "ی"),
        ("ک ك ڪ ﮎ ﻙ", "ک"),
        ("ه ہ ھ ۀ ۂ ۃ ة ە ﻩ ﮦ ﮪ ﺓ", "ه"),
        ("ا أ إ آ ٱ ٵ ٲ ﺍ ﺁ ا\u0653", "ا"),
        ("و ؤ ۆ ٶ ﻭ و\u0654", "و"),
        ("ګ گ ﮒ", "گ"),
        ("ن ں ﻥ ﮞ", "ن"),
        ("كابل کابل کابُل كـابـل", "کابل"),
        ("ﻻهور لاهور لاہور", "لاهور"),
        ("ﷲ الله اللہ اللّٰہ", "الله"),
        ("رحمت\u200cﷲ رحمتاللہ", "رحمتالله"),
        ("عيسى عیسیٰ", "عیسی"),
        ("علماء علما", "علما"),
        ("مولاناً مولانا", "مولانا"),
        ("قُرۡءَانٌ قرآن قران", "قران"),
        ("هەولێر ههولیر", "ههولیر"),
        ("سلێمانی سلیمانی", "سلیمانی"),
        ("ناڤالني نافالني", "نافالنی"),
        ("ئۇيغۇر ئۇیغۇر", "یۇیغۇر"),
        # Hindi and others
        ("क़लम क\u093cलम कलम", "कलम"),
        ("पेशावर पेशा\u200dवर", "पेशावर"),
        ("ख़ैबर खैबर", "खैबर"),
        ("हँसना हंसना", "हंसना"),
        ("ガザ カ\u3099サ\u3099 ｶﾞｻﾞ", "カ\u3099サ\u3099"),
        ("ἈΘΗΝΑΣ Αθήνας", "αθηνασ"),
        ("שָׁלוֹם שלום", "שלום"),
        # digits by value
        ("3 ٣ ۳ ३ ３ 𝟛 ๓", "3"),
    ],
)
def test_spellings_that_fold_to_the_same_letters(spellings: str, letters: str) -> None:
    assert {folded(spelling) for spelling in spellings.split(" ")} == {letters}


@pytest.mark.parametrize(
    "distinct",
    [
        "ت ټ ٹ ث ط",
        "د ډ ڈ ذ",
        "ر ړ ڑ ز ږ ژ",
        "ن ڼ",
        "س ش ښ ص",
        "ج چ ځ څ ح خ",
        "ک گ ق",
        "ب پ",
        "ف ق و",
        "ۇ ۈ ۋ و",
        "и і е є э",
        "к х г ч",
        "कल काल कील",
        "か が",
        "กา กี กุ",
        "中 国",
        "한 할",
        "𐓘 𐓙",
    ],
)
def test_letters_and_words_that_stay_apart(distinct: str) -> None:
    assert len({folded(one) for one in distinct.split()}) == len(distinct.split())


def test_letters_that_only_look_alike_are_not_one() -> None:
    assert folded("IS-К") != folded("IS-K")


@pytest.mark.parametrize(
    ("characters", "mark"),
    [
        ("\u0301\u064b\u064f\u0651\u0652\u0670\u06d6\u06e1\u0653\u0640\u0621\u0674\u06e5\u093c\u05b0\ufe0f\u20e3ﹰﱞ", 0),
        (
            "\u200d\u2060\ufeff\u00ad\u061c\u200e\u200f\u202a\u202c\u202e\u2066\u2067\u2068\u2069\u034f\u3164\U000e0067",
            0,
        ),
        ("ʿʾʻ", 0),
        ("\u200c\u200b", JOINER),
        (" \t\r\u00a0\u1680\u2000\u2007\u2009\u200a\u202f\u205f\u3000", SPACE),
        ("\n\x0b\x0c\x85\u2028", BREAK),
        (
            "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u058a\u05be\u30a0_\uff3f/\u2044\uff0f·・",
            HYPHEN,
        ),
        ("'’‘‛`´′ʹʼ＇\u055a\u05f3\u05f4\x92", APOSTROPHE),
        (";:", SEMICOLON),
        (".\u0970۔", DOT),
        ("()[]{}（）【】", BRACKET),
        ('،؛؟।॥。！？!?,…"“”„«»‹›「」\u2029', HARD),
        ("#@&*+=%$€|~\\•\ufffd", HARD),
        ("😀🇵🇰🏽❤☪™®", HARD),
        ("²½①⒈❶ﷺﷻ﷽﷼ℹ", HARD),
        ("\u0378\ue000\ud800\udfff\uffff\U0010ffff\x00\x1b", HARD),
    ],
)
def test_marks_of_what_is_no_letter(characters: str, mark: int) -> None:
    assert {character: marks(character) for character in characters} == dict.fromkeys(characters, mark)


def test_every_white_space_of_unicode_but_the_end_of_a_paragraph_is_soft() -> None:
    separators = {chr(point) for point in EVERY if unicodedata.category(chr(point)) in ("Zs", "Zl")}
    assert {marks(one) for one in separators | set("\t\n\x0b\x0c\r\x85")} == {SPACE, BREAK}


def test_every_dash_of_unicode_is_a_hyphen() -> None:
    assert {marks(chr(point)) for point in EVERY if unicodedata.category(chr(point)) == "Pd"} == {HYPHEN}


def test_folded_letters_fold_to_themselves() -> None:
    table = letters.table()
    singles = np.unique(table.single[(table.single != 0) & (table.single != SEVERAL)])
    assert np.array_equal(table.single[singles], singles)
    assert all(folded(one) == one and len(one) > 1 for one in set(table.several.values()))


def test_a_code_point_has_letters_or_marks_and_several_letters_where_the_table_says_so() -> None:
    table = letters.table()
    assert table.single.shape == table.marks.shape == (len(EVERY),)
    assert [str(one.dtype) for one in (table.single, table.marks)] == ["uint32", "uint16"]
    assert not table.marks[table.single != 0].any()
    assert np.flatnonzero(table.single == SEVERAL).tolist() == sorted(table.several)


def test_every_letter_of_the_running_python_keeps_letters_save_those_that_vanish_by_rule() -> None:
    table = letters.table()
    lost = {
        unicodedata.name(chr(point)).split()[0]
        for point in EVERY
        if unicodedata.category(chr(point)) in ("Lu", "Ll", "Lo", "Nd", "Nl") and not table.single[point]
    }
    assert lost == {"ARABIC", "HANGUL", "HALFWIDTH", "INFORMATION"}


def test_composed_and_decomposed_text_fold_alike() -> None:
    decomposed = {letter: unicodedata.normalize("NFD", letter) for letter in map(chr, EVERY)}
    differing = {letter for letter, parts in decomposed.items() if parts != letter and folded(parts) != folded(letter)}
    assert differing == set(map(chr, range(0xAC00, 0xD7A4))), "Hangul syllables, which stay whole"


def test_capitals_do_not_matter() -> None:
    changed = [letter for letter in map(chr, EVERY) if letter.upper() != letter or letter.lower() != letter]
    assert {one for one in changed if folded(one.upper()) != folded(one) or folded(one.lower()) != folded(one)} == set()


def test_code_points_keep_lone_surrogates() -> None:
    assert letters.code_points("a\ud800𝔸").tolist() == [0x61, 0xD800, 0x1D538]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("中㐀𠀀々ひカｶー゙ㄅไทยລາວខ្មែរမြန်မာབོད", True),
        ("aяاअ한αאაՀ5", False),
    ],
)
def test_scripts_written_without_spaces(script: str, expected: bool) -> None:
    assert {letter: letters.unspaced(letter) for letter in script} == dict.fromkeys(script, expected)


@pytest.mark.slow
def test_the_shipped_table_is_what_the_rules_yield() -> None:
    newest = pytest.importorskip("unicodedata2")
    if newest.unidata_version != letters.UNICODE:
        pytest.skip(f"table made with Unicode {letters.UNICODE}, here is {newest.unidata_version}: make letters")
    table = make_letters.content(newest)
    assert zlib.decompress(base64.b85decode(letters_data.DATA.replace("\n", ""))) == table
    assert make_letters.version(table) == letters.VERSION


@pytest.mark.slow
def test_the_table_agrees_with_the_rules_over_the_unicode_of_the_running_python() -> None:
    shipped = letters.table()
    differing = [
        (hex(point), rule, mark)
        for point, rule, mark in make_letters.rows(unicodedata)
        if unicodedata.category(chr(point)) != "Cn" and (rule, mark) != (folded(chr(point)), int(shipped.marks[point]))
    ]
    assert differing == [], "characters whose properties changed between the two versions of Unicode"
