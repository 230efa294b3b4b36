"""What a reader is told of a week."""

import re
from typing import Any

import pytest

from monitor.core.types import (
    Notice,
    NoticeDigest,
    NoticeDigestArticle,
    NoticeDigestFeed,
    NoticeDigestRow,
    NoticeDigestStory,
    NoticeMention,
)
from monitor.render.digest import digest_mail, digest_title
from monitor.render.digest_view import Room
from monitor.render.environment import MAIL_BYTES
from tests.render.golden import check_golden


def digest_html(notice: Notice) -> str:
    """Return the HTML of a digest's mail."""
    return digest_mail(notice)[0]


def digest_text(notice: Notice) -> str:
    """Return its text."""
    return digest_mail(notice)[1]


def make_story(title: str, severity: str, **changes: Any) -> NoticeDigestStory:
    """Return a story; `changes` replace its keys."""
    story: NoticeDigestStory = {
        "title": title,
        "url": "https://news.example.org/1",
        "severity": severity,
        "why": 'rule attack-on-jui-f: "JUI-F" (jui-f, title), "rally" (title)',
        "feeds": ["Sample Frontier Post"],
        "reports": 1,
        "first_at": "2023-07-30T11:15:00Z",
        "lang": "en",
    }
    return {**story, **changes}  # type: ignore[typeddict-item] # the changes are keys of a story


def make_row(name: str, count: int, before: int, *past: int) -> NoticeDigestRow:
    """Return a count beside the one before and those before that."""
    return {"id": name.lower(), "name": name, "count": count, "before": before, "past": [*past, before] if past else []}


def make_article(title: str, **changes: Any) -> NoticeDigestArticle:
    """Return a report that something rests upon."""
    article: NoticeDigestArticle = {
        "item": "7",
        "title": title,
        "url": "https://news.example.org/7",
        "feed": "Sample Frontier Post",
        "at": "2023-07-29T08:20:00Z",
        "lang": "en",
    }
    return {**article, **changes}  # type: ignore[typeddict-item] # as above


def make_mention(entity: str, field: str, start: int, surface: str) -> NoticeMention:
    """Return a mention."""
    return {"entity": entity, "field": field, "start": start, "end": start + len(surface), "surface": surface}


def make_failure(number: int, since: str, until: str | None, error: str = "http 503") -> NoticeDigestFeed:
    """Return a span in which a feed failed."""
    return {
        "name": f"Sample Paper {number}",
        "url": f"https://paper.example.org/{number}",
        "error": error,
        "since": since,
        "until": until,
    }


def make_notice(**changes: Any) -> Notice:
    """Return the notice of a week in which nothing happened; `changes` replace its keys."""
    digest: NoticeDigest = {
        "id": "dig_abcdefghijklmnopqrstuvwxyz",
        "name": "weekly",
        "title": "Weekly",
        "period_start": "2023-07-24T02:00:00Z",
        "period_end": "2023-07-31T02:00:00Z",
        "timezone": "Asia/Karachi",
        "items": 912,
        "hits": 0,
        "hits_before": 0,
        "watchlists": [],
        "entities": [],
        "stories": [],
        "stories_total": 0,
        "feeds_total": 24,
        "feeds_failed": [],
        "deliveries_failed": 0,
        "url": None,
    }
    changed: NoticeDigest = {**digest, **changes}  # type: ignore[typeddict-item] # as above
    return {"type": "digest.created", "timestamp": "2023-07-31T02:00:00Z", "data": {"digest": changed}}


WEEK = make_notice(
    hits=57,
    hits_before=41,
    watchlists=[
        make_row("JUI-F and politics", 31, 12, 14, 9, 11, 15, 12, 10, 13),
        make_row("IS-K and its leaders", 20, 22, 18, 25, 21, 19, 24, 20, 17),
        make_row("Places", 6, 6),
        make_row("Militant groups", 0, 1),
    ],
    entities=[
        make_row("Bajaur", 29, 0, 0, 1, 0, 0, 0, 2, 0),
        make_row("IS-K", 20, 22, 18, 25, 21, 19, 24, 20, 17),
        make_row("Fazlur Rehman", 8, 8),
        make_row("Herat", 0, 4),
        make_row("مزار شریف", 0, 2),
    ],
    stories=[
        make_story(
            "Suicide bomber kills at least 40 at JUI-F rally in Bajaur",
            "critical",
            feeds=[f"Sample Paper {number}" for number in range(1, 7)],
            reports=9,
            publishers=6,
            last_at="2023-07-31T01:40:00Z",
            item="1",
            summary='… the convention of the JUI-F in Khar, Bajaur, when the bomb went off. "There were bodies everywhere" …',
            mentions=[
                make_mention("jui-f", "title", 36, "JUI-F"),
                make_mention("bajaur", "title", 51, "Bajaur"),
                make_mention("jui-f", "text", 24, "JUI-F"),
                make_mention("bajaur", "text", 39, "Bajaur"),
            ],
        ),
        make_story(
            "باجوڑ: خار میں جمعیت علمائے اسلام ف کے ورکرز کنونشن میں دھماکہ",
            "critical",
            lang="ur",
            feeds=["نمونہ اردو خبریں"],
            why='"باجوڑ" in the title: Bajaur district (bajaur)',
            publishers=1,
            mentions=[make_mention("bajaur", "title", 0, "باجوڑ")],
        ),
        make_story("Taliban condemn <b>the attack</b> & ask for calm", "medium", url="javascript:alert(1)", lang=None),
    ],
    stories_total=4,
    feeds_failed=[
        make_failure(1, "2023-07-26T09:00:00Z", "2023-07-26T10:30:00Z", "timeout"),
        make_failure(1, "2023-07-28T09:00:00Z", "2023-07-28T11:00:00Z", "http 502"),
        make_failure(2, "2023-07-25T02:00:00Z", None, "http 404"),
    ],
    deliveries_failed=1,
    feeds_quiet=[make_failure(3, "2023-07-20T02:00:00Z", None, "")],
    feeds_missed=[make_failure(4, "2023-07-29T08:00:00Z", None, "")],
    feeds_retired=[
        make_failure(number, f"2023-07-{number:02}T02:00:00Z", None, "http 410: Gone") for number in range(5, 20)
    ],
    url="https://monitor.example.org/digests/dig_abcdefghijklmnopqrstuvwxyz",
    edited=2,
    withdrawn=1,
    past=[38, 40, 35, 44, 39, 41, 37, 41],
    surges=[
        {
            "id": "bajaur",
            "name": "Bajaur",
            "publishers": 6,
            "usual": 0.4,
            "past": [0, 1, 0, 0, 0, 1, 0, 0],
            "chance": 0.00044,
            "articles": [
                make_article("Blast at convention in Khar"),
                make_article("باجوڑ میں جنازے", lang="ur", feed="نمونہ اردو خبریں", url=""),
            ],
        }
    ],
    new_names=[
        {
            "id": "khar",
            "name": "Khar",
            "spelling": "Khaar",
            "at": "2023-07-30T11:15:00Z",
            "article": make_article("Funerals in Khaar"),
        }
    ],
    new_spellings=[
        {"id": "is-k", "name": "IS-K", "spelling": "ولایت خراسان", "at": "2023-07-28T11:15:00Z", "article": None}
    ],
    new_total=4,
    changes=[
        {"change": "withdrawn", "was": "", "article": make_article("IS-K claims the attack, channel says")},
        {
            "change": "headline",
            "was": "Blast in Bajaur kills 20",
            "article": make_article("Blast in Bajaur kills at least 54"),
        },
    ],
    channels=[{"channel": "desk/slack", "dead": 1, "waiting": 2, "error": "hooks.example answered 404"}],
)


def test_a_week_reads_as_a_person_found_it_good() -> None:
    check_golden("digest.html", digest_html(WEEK))
    check_golden("digest.txt", digest_text(WEEK))


def test_the_subject_says_when_and_how_grave() -> None:
    assert digest_title(WEEK) == "Weekly digest, 24 to 31 Jul 2023: 57 hits, 2 critical stories"


def test_an_empty_week_says_so_and_that_all_feeds_answered() -> None:
    for words in (digest_text(make_notice()), digest_html(make_notice())):
        assert "Nothing on the watchlists in 912 items from 24 feeds." in words
        assert "Every feed answered throughout." in words
    check_golden("digest-empty.txt", digest_text(make_notice()))


@pytest.mark.parametrize(
    ("row", "change"), [((5, 2), "▲ 3"), ((2, 5), "▼ 3"), ((5, 5), "="), ((5, 0), "new"), ((1_500, 100), "▲ 1,400")]
)
def test_a_change_is_told_in_numbers(row: tuple[int, int], change: str) -> None:
    notice = make_notice(hits=row[0], watchlists=[make_row("Places", *row)])
    assert re.search(rf"{change} +Places", digest_text(notice))
    assert change in digest_html(notice)


def test_what_fell_silent_is_named_and_has_no_bar() -> None:
    text = digest_text(WEEK)
    assert "Herat (4 before)" in text
    assert not re.search(r"^ +0 ", text, re.MULTILINE)


def test_a_feed_that_failed_is_told_once_with_how_long_and_the_broken_ones_first() -> None:
    lines = [line for line in digest_text(WEEK).splitlines() if re.match("- Sample Paper [12]:", line)]
    assert lines == [
        "- Sample Paper 2: http 404, for 6 days, still failing, since 25 Jul 2023, 02:00 UTC",
        "- Sample Paper 1: http 502, 2 times, for 3 hours, until 28 Jul 2023, 11:00 UTC",
    ]
    assert "2 feeds failed, 1 of them still" in digest_text(WEEK)


def test_feeds_from_which_something_is_missing_are_told_with_how_long() -> None:
    text = digest_text(WEEK)
    assert "1 feed fell quiet, 1 feed may have lost items, 15 feeds were given up." in text
    assert "- Sample Paper 3: no news for 11 days, since 20 Jul 2023, 02:00 UTC" in text
    assert "- Sample Paper 4: all was new at once, last on 29 Jul 2023, 08:00 UTC" in text
    assert "- Sample Paper 19: http 410: Gone, asked no more since 19 Jul 2023, 02:00 UTC" in text
    assert "Sample Paper 9:" not in text
    assert f"- and {15 - Room().feeds // 2} more" in text
    paused = make_notice(feeds_paused=[make_failure(1, "2023-07-25T02:00:00Z", None, "paused by ana: it is rebuilt")])
    assert "1 feed is paused." in digest_html(paused)
    assert "Feeds that are paused" in digest_html(paused)
    assert "paused by ana: it is rebuilt, since 25 Jul 2023, 02:00 UTC" in digest_html(paused)
    assert "Every feed answered" not in digest_html(paused)
    one = make_notice(feeds_retired=[make_failure(1, "2023-07-25T02:00:00Z", None)])
    assert "1 feed was given up." in digest_html(one)
    assert "Every feed answered" not in digest_html(one)


def test_stories_beyond_the_room_are_counted() -> None:
    notice = make_notice(hits=50, stories=[make_story(f"Story {n}", "high") for n in range(40)], stories_total=50)
    assert "50 stories; the gravest 40: 40 high." in digest_text(notice)
    assert "and 10 more stories" in digest_text(notice)
    one = make_notice(hits=2, stories=[make_story("Story", "high")], stories_total=2)
    assert "and 1 more story\n" in digest_text(one)


def full_week(text: str, *, url: str = "https://news.example.org/?" + "a&" * 900) -> Notice:
    """Return a week in which there is more of everything than a digest tells, all of it in these words."""
    article = make_article(text, url=url, feed=text)
    names: list[Any] = [
        {"id": "x", "name": text, "spelling": text, "at": "2023-07-30T11:15:00Z", "article": article} for _ in range(30)
    ]
    surge = {"id": "x", "name": text, "publishers": 9, "usual": 1.0, "past": [1] * 8, "chance": 1e-5}
    story = make_story(
        text,
        "critical",
        why=text,
        url=url,
        feeds=[text] * 9,
        summary=text[:320],
        mentions=[make_mention("x", field, start, text[start]) for field in ("title", "text") for start in range(9)],
    )
    failures = [make_failure(number, "2023-07-25T02:00:00Z", None, text) | {"name": text} for number in range(300)]
    return make_notice(
        hits=5_000,
        past=[1] * 8,
        watchlists=[make_row(f"{number} {text}", 50, 40, *[3] * 7) for number in range(30)],
        entities=[make_row(f"{number} {text}", 50 if number < 30 else 0, 40, *[3] * 7) for number in range(40)],
        stories=[story] * 100,
        stories_total=400,
        surges=[surge | {"articles": [article] * 5}] * 30,
        new_names=names,
        new_spellings=names,
        new_total=500,
        edited=900,
        changes=[{"change": "headline", "was": text, "article": article}] * 20,
        channels=[{"channel": text, "dead": 9, "waiting": 9, "error": text}] * 50,
        feeds_failed=failures,
        feeds_quiet=failures,
        feeds_missed=failures,
        feeds_retired=failures,
        feeds_paused=failures,
        url="https://monitor.example.org/digests/dig_abcdefghijklmnopqrstuvwxyz",
    )


@pytest.mark.parametrize("text", ["خبر " * 100, "&" * 400, "@" * 400, "\U0001f4a5" * 400, "ordinary words " * 25])
def test_no_week_is_so_full_that_its_mail_is_clipped_and_the_rest_is_counted(text: str) -> None:
    html, words = digest_mail(full_week(text))
    assert len(html.encode()) <= MAIL_BYTES
    assert len(words.encode()) <= MAIL_BYTES
    shown = words.count("Critical: ")
    assert f"and {400 - shown} more stories" in words
    assert 0 < shown < 40
    counted = [int(number) for number in re.findall(r"- and (\d+) more", words)]
    assert len(counted) == 9, "names that surge, new ones, changed reports, feeds in five kinds of trouble, channels"
    assert all(counted)


def test_an_ordinary_week_has_room_for_its_stories_with_their_words() -> None:
    title = "Suicide bomber kills at least 40 at JUI-F rally in Bajaur, police say"
    text = "A suicide bomber blew himself up at a rally of the JUI-F in Bajaur on Sunday, police and doctors said. " * 3
    story = make_story(title, "high", summary=text[:310], publishers=3, reports=9, feeds=["Sample Frontier Post"] * 3)
    notice = make_notice(hits=40, stories=[story] * 30, stories_total=30)
    html, words = digest_mail(notice)
    assert words.count(f"High: {title}") == 30
    assert len(html.encode()) <= MAIL_BYTES


def test_forty_ordinary_stories_have_room() -> None:
    title = "Suicide bomber kills at least 40 at JUI-F rally in Bajaur, police say"
    notice = make_notice(hits=40, stories=[make_story(title, "high") for _ in range(40)], stories_total=40)
    assert digest_text(notice).count(f"High: {title}") == 40


def test_nothing_of_a_feed_acts_in_the_mail() -> None:
    html = digest_html(WEEK)
    assert "<b>the attack" not in html
    assert "javascript" not in html
    assert "<script" not in html
    assert not re.search(r"<(img|link|iframe|object)\b|url\(", html)
    links = set(re.findall(r'(?:href|src)="([^"]*)"', html))
    assert links == {"https://news.example.org/1", "https://news.example.org/7", WEEK["data"]["digest"]["url"]}


def test_a_reason_runs_left_to_right_though_it_begins_with_an_urdu_name() -> None:
    assert re.search(r'dir="ltr"[^>]*>&#34;باجوڑ&#34; in the title', digest_html(WEEK))
    assert '  Why: "باجوڑ" in the title' in digest_text(WEEK)


def test_a_title_has_its_own_direction() -> None:
    assert re.search(r'<h3 [^>]*dir="auto" lang="ur"', digest_html(WEEK))


def test_edits_and_withdrawals_are_told_where_there_were_any() -> None:
    assert "edited since" not in digest_text(make_notice(hits=3))
    week = make_notice(hits=3, edited=2, withdrawn=1)
    assert "2 reports edited since, 1 report withdrawn." in digest_text(week)
    assert "2 reports edited since, 1 report withdrawn." in digest_html(week)
