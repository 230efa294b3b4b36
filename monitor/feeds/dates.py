"""The dates that publishers write, to instants.

RFC 822 and ISO 8601 are what the formats ask for; the wild also has Unix seconds, names of months in the feed's own
language, digits of Arabic script, zones of one country, and zones that do not exist. What is ambiguous is no date: a
wrong one hides news, a missing one does not.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

FIRST_YEAR = 1990
"""Before it there was no web; an earlier date is the zero of somebody's software (1970, 1900, 0001)."""

LONGEST = 100
"""Characters of a date that are read."""

LARGEST_OFFSET = timedelta(hours=14)
"""No zone is further from UTC (Line Islands, IANA time zone database)."""

_MONTHS = """
jan january januar janvier janv enero ene gennaio gen janeiro ocak yanvar январь января янв січень січня يناير کانون ژانویه جنوری जनवरी
feb february februar février févr fev febrero febbraio fevereiro şubat fevral февраль февраля фев лютий лютого فبراير شباط فوریه فروری फरवरी
mar march märz mrz mars marzo março mart март марта березень березня مارس آذار مارچ मार्च
apr april avril avr abril abr aprile nisan апрель апреля апр квітень квітня أبريل ابريل نيسان آوریل اپریل अप्रैल
may mai mayo maggio mag maio mayıs май мая травень травня مايو أيار مه مئی मई
jun june juni juin junio giugno giu junho haziran iyun июнь июня июн червень червня يونيو حزيران ژوئن جون जून
jul july juli juillet juil julio luglio lug julho temmuz iyul июль июля июл липень липня يوليو تموز ژوئیه جولائی जुलाई
aug august août aoû agosto ago ağustos avqust август августа авг серпень серпня أغسطس اغسطس آب اوت اگست अगस्त
sep sept september septembre septiembre settembre set setembro eylül sentyabr сентябрь сентября сен вересень вересня سبتمبر أيلول سپتامبر ستمبر सितंबर
oct october oktober okt octobre octubre ottobre ott outubro out ekim oktyabr октябрь октября окт жовтень жовтня أكتوبر اكتوبر اکتبر اکتوبر अक्टूबर
nov november novembre noviembre novembro kasım noyabr ноябрь ноября ноя листопад листопада نوفمبر نوامبر نومبر नवंबर
dec december dezember dez décembre déc diciembre dic dicembre dezembro aralık dekabr декабрь декабря дек грудень грудня ديسمبر دسامبر دسمبر दिसंबर
"""  # noqa: E501 - one month a line
MONTHS = {word: number for number, line in enumerate(_MONTHS.strip().splitlines(), start=1) for word in line.split()}
"""Names of months in the languages of our watchlists and their neighbours (Unicode CLDR, "months"), lower case."""

_ZONES = """
0 ut utc gmt z wet
1 west bst cet met mez wat
2 cest mest mesz eet cat sast
3 eest msk trt eat
3.5 irst
4 msd gst azt
4.5 aft irdt
5 pkt uzt tjt tmt
5.5 ist
5.75 npt
6 kgt almt
7 ict wib
8 wita hkt sgt pht myt awst
9 jst kst
9.5 acst
10 aest
10.5 acdt
11 aedt
12 nzst
13 nzdt
-2.5 ndt
-3 adt brt art
-3.5 nst
-4 ast edt
-5 est cdt et
-6 cst mdt ct
-7 mst pdt mt
-8 pst akdt pt
-9 akst
-10 hst
"""
ZONES = {name: float(line.split()[0]) for line in _ZONES.strip().splitlines() for name in line.split()[1:]}
"""Hours from UTC of zones by name (RFC 822, 5; IANA time zone database). Of those with several meanings ("IST", "BST",
"AST") the one that feeds use; "ET" and its like are winter's, as in feedparser; single letters were wrong in RFC 822
and count as unknown (RFC 5322, 4.3)."""

_UNIX = re.compile(r"(\d{9,10})(?:\.\d*)?|(\d{12,13})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?=$|[t\s,+z-])|(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?=$|[t\s,])")
_WEEK = re.compile(r"(\d{4})-?w(\d\d)(?:-?([1-7]))?(?!\d)")
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})(?=$|[t\s])")
_EAST = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_CLOCK = re.compile(r"(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2})(?:[.,]\d+)?)?\s*([ap]\.?m\b)?")
_OFFSET = re.compile(r"(?:gmt|utc)?\s*([+-])\s?(\d{1,2})(?::?(\d\d))?(?!\d)")
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_WORD = re.compile(r"[^\s\d.,:;/+()\[\]-]+")
_NUMBER = re.compile(r"\d+")
_MARKS = re.compile("[\u0300-\u036f\u200c-\u200f\u202a-\u202e\u2066-\u2069]")


_USUAL = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun), )?(\d\d?) ([a-z]{3}) (\d{4}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) "
    r"(?:gmt|([+-])(0\d|1[0-3])([0-5]\d))",
    re.IGNORECASE | re.ASCII,
)
_USUAL_ISO = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)", re.ASCII)
"""The forms of nearly all dates, which need no search."""


def read_date(written: str) -> datetime | None:
    """Return the instant of a date as it is written, in UTC, or None for what is none or could be two.

    Without a zone, or with one that is unknown or impossible, UTC is taken (RFC 5322, 4.3); without a time, midnight.
    """
    try:
        found = _usual(written) if len(written) <= LONGEST else None
        if found is None and written:
            text = _plain(written)
            found = _unix(text) or _civil(text)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found.year >= FIRST_YEAR else None


def _usual(written: str) -> datetime | None:
    """Return the instant of a date in one of the two usual forms. Raises ValueError, OverflowError."""
    if _USUAL_ISO.fullmatch(written):
        return datetime.fromisoformat(written).astimezone(UTC)
    found = _USUAL.fullmatch(written)
    month = MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        return None
    day, _, year, hour, minute, second, sign, hours, minutes = found.groups()
    local = datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    span = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta(0)
    return local + span if sign == "-" else local - span


def _plain(written: str) -> str:
    """Return a date in lower case with ASCII digits, without marks of direction."""
    if written.isascii():
        return " ".join(written[: 2 * LONGEST].lower().split())[:LONGEST]
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFC", written[: 2 * LONGEST])))
    text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return " ".join(text.replace("،", " ").replace("−", "-").casefold().replace("i̇", "i").split())[:LONGEST]


def _unix(text: str) -> datetime | None:
    """Return the instant of Unix seconds or milliseconds."""
    found = _UNIX.fullmatch(text)
    if not found:
        return None
    return datetime.fromtimestamp(int(found[1]) if found[1] else int(found[2]) / 1000, UTC)


def _civil(text: str) -> datetime | None:
    """Return the instant of a calendar date with or without a time."""
    compact = _COMPACT.match(text)
    if compact:
        year, month, day, hour, minute, second = (int(part or 0) for part in compact.groups())
        return _at(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC), text[compact.end() :])
    clock = _CLOCK.search(text)
    date = _day(text[: clock.start()]) if clock else _day(text)
    if date is None and clock:
        date = _day(f"{text[: clock.start()]} {_OFFSET.sub(' ', text[clock.end() :], count=1)}")
    if date is None:
        return None
    if not clock:
        return date
    return _at(date + _time(clock), text[clock.end() :])


def _time(clock: re.Match[str]) -> timedelta:
    """Return the time of day; 24:00 is the next midnight, a leap second the one before. Raises ValueError."""
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].startswith("p") else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError(f"no time of day: {clock[0]}")
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _day(text: str) -> datetime | None:
    """Return midnight of a calendar day. Raises ValueError for a day that its month does not have."""
    iso = _ISO.search(text)
    if iso:
        year, month, day = iso.groups()[:3] if iso[1] else iso.groups()[3:]
        return datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
    counted = _counted(text)
    if counted:
        return counted
    numeric = _NUMERIC.search(text)
    if numeric:
        return _numeric(int(numeric[1]), int(numeric[3]), int(numeric[4]), dots=numeric[2] == ".")
    month = next((MONTHS[name] for name in map(_month, _WORD.findall(text)) if name), 0)
    numbers = _NUMBER.findall(text)
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if month and not years and len(days) == 2:  # two-digit years come last (RFC 822, 5), of this century up to 49
        years = [str(int(days[1]) + (2000 if int(days[1]) < 50 else 1900))]
    return datetime(int(years[0]), month, int(days[0]), tzinfo=UTC) if month and years and days else None


def _counted(text: str) -> datetime | None:
    """Return a day as ISO 8601 counts it by weeks (Monday if it names no day) or by days, or as East Asia writes it."""
    east, week, ordinal = _EAST.search(text), _WEEK.match(text), _ORDINAL.match(text)
    if east:
        return datetime(int(east[1]), int(east[2]), int(east[3]), tzinfo=UTC)
    if week:
        return datetime.fromisocalendar(int(week[1]), int(week[2]), int(week[3] or 1)).replace(tzinfo=UTC)
    if ordinal and 1 <= int(ordinal[2]) <= 366:
        return datetime(int(ordinal[1]), 1, 1, tzinfo=UTC) + timedelta(days=int(ordinal[2]) - 1)
    return None


def _month(word: str) -> str | None:
    """Return the name by which a month is known: the word, or its first three letters if those are English."""
    if word in MONTHS:
        return word
    return word[:3] if word[:3] in MONTHS and word.isascii() and len(word) > 3 and not word.startswith("mon") else None


def _numeric(first: int, second: int, year: int, *, dots: bool) -> datetime | None:
    """Return a day written in numbers: day first with dots, as in most of Europe; else only if one is no month."""
    if dots or first > 12:
        return datetime(year, second, first, tzinfo=UTC)
    return datetime(year, first, second, tzinfo=UTC) if second > 12 or first == second else None


def _at(local: datetime, zone: str) -> datetime:
    """Return the instant of a local time and what is written after it."""
    offset = _OFFSET.search(zone)
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if span > LARGEST_OFFSET:
            return local
        return local - span if offset[1] == "+" else local + span
    hours = next((ZONES[word] for word in _WORD.findall(zone) if word in ZONES), 0)
    return local - timedelta(hours=hours)
