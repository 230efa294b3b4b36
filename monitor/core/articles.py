"""Articles behind items: when to ask for one, what an answer means, and whether what was found is the article at all.

    answer                          of an article not read yet         of one that was read
    200, and it is the article      its text joins the item's          new words are an edit of the item
    200, and it is not              not used, with the reason          nothing
    304                             -                                  it is there, as it was
    404, 410                        asked again some times             once nothing, again some time later: withdrawn
    anything else                   asked again some times             nothing
    any with Retry-After            not before that, nor any other article of that host

An article is asked for as soon as its item is stored. When somebody was told of the item it is looked at again in
growing steps, to find what a reader of the alert would want to know: another headline, or that it was taken back. What
is not told to anybody is not looked at again.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from monitor.core.common import is_common
from monitor.core.edits import headline_changed, wording
from monitor.core.freshness import PATIENCE, asked_by
from monitor.core.headlines import STOP_WORDS
from monitor.core.polling import NOT_ASKED
from monitor.core.text import fold_all
from monitor.core.types import Article, ArticleCourse, ArticleLook, ArticleState, StoredArticle
from monitor.errors import FetchError

BORDER = "\n\n"
"""Stands between the feed's own words and the article's; no mention crosses a blank line."""

OLD_NEWS_AFTER = timedelta(minutes=10)
"""How long articles wait that cannot alert: a first poll brings a hundred of them, and news goes first."""

RETRIES = tuple(timedelta(minutes=one) for one in (5, 30, 2 * 60, 8 * 60, 24 * 60))
"""Waits after the failures of an article not read yet; after one more it is given up. An outage of a day is outlived,
and a page that is linked before it is published is there within minutes."""

REFUSALS = 2
"""How many of these waits follow a refusal (403, 404 and their like), which asking again seldom changes, or a page
that could not be read in time, which is hostile unless this machine was busy."""

UNREADABLE = frozenset({"too slow to read", "not read"})
"""Reasons of a FetchError for a page that was fetched."""

LOOKS = tuple(timedelta(hours=one) for one in (1, 6, 24, 3 * 24, 7 * 24))
"""When an article is looked at again, counted from when somebody was told of it: corrections come early or never."""

CONFIRM_AFTER = timedelta(minutes=30)
"""How long a page must be missing, and be found so twice in a row, before that counts: a publisher's system that is
being put in order says 404, too."""

NOT_ASKED_AGAIN = timedelta(minutes=1)
"""How long to wait for a host that others kept busy."""

FINAL = frozenset(
    {"not a page", "too large", "http 410", "redirect loop"}
    | {"private address", "closed address", "bad address", "bad port", "bad request", "closed file"}
)
"""Reasons of a FetchError that asking again cannot help."""

LEAST_PATIENCE = timedelta(minutes=5)
"""How long a host is left alone with articles that asked for patience and did not say for how long."""

SHARED = 0.5
"""Share of the words of an item's title that its article must have. Outlets use the words of their headline again; a
wall for cookies and a page of another report share next to none of those that are told by this one alone."""

LEAST_SHARED = 2
"""Least number of words in common, where a title has so many; OWN_SHARED of the feed's own text, where the title says
nothing of the article."""

OWN_SHARED = 4

OWN_CHARS = 600
"""Characters of the feed's own text that are compared: its first sentences."""

STEM = 5
"""Letters by which words are compared, so that a name counts in any grammatical case."""

_WORD = re.compile(r"[^\W_]+")

_FRONT = re.compile(r"/*(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|home|default)(?:\.\w{2,5})?)?/*", re.IGNORECASE)
"""Path of a front page, of a site or of its edition in one language."""

_NO_PAGE = re.compile(
    r"\b404\b|\b410\b|\b(?:page|article|story|content)\b.{0,20}\b(?:not found|(?:could not|can't|cannot) be found"
    r"|unavailable|no longer available|(?:does not|doesn't) exist)\b"
    r"|^\W*(?:not found|error(?: \d{3})?|access denied|just a moment)\W*$"
    r"|страниц\w*.{0,20}(?:не найден|не существует|удален)|ошибка 404|صفحہ.{0,20}(?:نہیں ملا|موجود نہیں)"
    r"|(?:صفحه|برگه).{0,30}(?:یافت نشد|پیدا نشد|وجود ندارد)|(?:الصفحة|المقال).{0,20}غير (?:موجود|متوفر|متاح)"
    r"|पृष्ठ नहीं मिला|पेज नहीं मिला|sayfa bulunamadı|seite nicht gefunden|page introuvable|página no encontrada",
    re.IGNORECASE,
)
"""Headline of a page that says there is none, or lets nobody in, with an answer of 200."""


def found_text(title: str, own: str, article: Article) -> str:
    """Return what an article says beyond title and text of its item, in whole paragraphs.

    What the feed itself said must not count twice, in rules that count. A paragraph that the feed cut short stays: its
    end belongs to its beginning.
    """
    known = f"{wording(title)}\n{wording(own)}".casefold()
    headlines = {wording(one).casefold() for one in (title, article.headline)}
    kept = [one for one in article.text.split(BORDER) if not _repeats(wording(one).casefold(), known, headlines)]
    return BORDER.join(kept)


def _repeats(paragraph: str, known: str, headlines: set[str]) -> bool:
    """Return whether a paragraph says nothing that is not known; each as `wording` has it, in one case."""
    return not paragraph or paragraph in known or paragraph in headlines


def why_not(title: str, own: str, address: str, answered: str, article: Article) -> str | None:
    """Return why what was found is not the article of an item, or None when it is.

    Be it the wall of a consent manager, a page that says "not found" with an answer of 200, or the front page that a
    vanished article leads to: its words must not make a hit for the item. A page is the article when its text has
    enough of the words of the item's title, or of the feed's own text, that are not everyday words. The page's headline
    does not count: walls often carry that of what they hide. So a page is refused rather than believed when the feed
    says nothing to know it by.

    title, own   what the feed says
    address      that of the item; `answered` is the one that the answer came from, after redirects
    """
    if not article.text:
        return "there is no text on the page"
    same = not headline_changed(title, article.headline)
    if not _is_front(address) and (_is_front(answered) or (article.url and _is_front(article.url) and not same)):
        return "its address leads to the front page"
    if _NO_PAGE.search(article.headline) and not same:
        return f"the page is none: {article.headline[:80]!r}"
    text = BORDER.join(one for one in article.text.split(BORDER) if headline_changed(article.headline, one))
    page = _stems(_words(text))
    if _shares(_telling(title, LEAST_SHARED), page, least=LEAST_SHARED):
        return None
    words = _telling(own[:OWN_CHARS], OWN_SHARED)
    if len(words) >= OWN_SHARED and _shares(words, page, least=OWN_SHARED):
        return None
    return "the page is about something else" if title or own else "the feed says nothing to know the article by"


def _shares(words: frozenset[str], page: frozenset[str], *, least: int) -> bool:
    """Return whether a page has enough of some words, at least so many where there are so many."""
    shared = len(_stems(words) & page)
    return bool(words) and shared >= SHARED * len(words) and shared >= min(least, len(words))


def _telling(text: str, least: int) -> frozenset[str]:
    """Return the folded words of a text that are not everyday ones; where those are too few, all but function words."""
    words = frozenset(word for word in _words(text) if len(word) > 1 and word not in STOP_WORDS)
    rare = frozenset(word for word in words if not word.isdigit() and not is_common(word))
    return rare if len(rare) >= least else words


def _words(text: str) -> list[str]:
    """Return the words of a text, folded as for matching."""
    return fold_all(_WORD.findall(text))


def _stems(words: Iterable[str]) -> frozenset[str]:
    """Return words without most of their endings."""
    return frozenset(word[:STEM] for word in words)


def _is_front(address: str) -> bool:
    """Return whether an address is that of a front page."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def new_title(title: str, before: str, headline: str) -> str:
    """Return what an item is called after a look at its page: the page's headline where that has changed.

    before   the page's headline when it was last told, "" while unknown; it may be another than the item's all along
    """
    return headline if before and headline and headline_changed(before, headline) else title


def after_article(
    row: StoredArticle, article: Article, *, etag: str | None, last_modified: str | None, now: datetime
) -> ArticleLook:
    """Return what an answer changes that is the article; its words are still to be added."""
    changed = not row.course.headline or headline_changed(row.course.headline, article.headline)
    headline = article.headline if changed and article.headline else row.course.headline
    course = ArticleCourse(ArticleState.READ, etag=etag, last_modified=last_modified, headline=headline)
    return ArticleLook(row.item_id, now, course, withdrawn=_back(row))


def after_unchanged(row: StoredArticle, *, now: datetime) -> ArticleLook:
    """Return what a 304 changes: the article is there, as it was."""
    state = ArticleState.READ if row.course.state is ArticleState.GONE else row.course.state
    course = replace(row.course, state=state, attempts=0, missing_since_at=None)
    return ArticleLook(row.item_id, now, course, withdrawn=_back(row))


def after_other(row: StoredArticle, reason: str, *, now: datetime) -> ArticleLook:
    """Return what an answer changes that is not the article: of one that was read before, nothing is known now."""
    if _was_read(row):
        return ArticleLook(row.item_id, now, row.course)
    return ArticleLook(row.item_id, now, ArticleCourse(ArticleState.UNUSED, error=reason))


def after_failure(row: StoredArticle, error: FetchError, *, now: datetime) -> ArticleLook:
    """Return what the absence of an answer changes."""
    if error.reason in NOT_ASKED:
        wait = max(asked_by(error) or NOT_ASKED_AGAIN, NOT_ASKED_AGAIN)
        return ArticleLook(row.item_id, now, row.course, again_at=now + wait)
    if _was_read(row):
        if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return _missing(row, error, now=now)
        asked = asked_by(error)
        return ArticleLook(row.item_id, now, row.course, again_at=None if asked is None else now + asked)
    attempts = row.course.attempts + 1
    course = replace(row.course, attempts=attempts, error=str(error))
    if error.reason in FINAL or attempts > (REFUSALS if _is_refusal(error) else len(RETRIES)):
        return ArticleLook(row.item_id, now, replace(course, state=ArticleState.FAILED))
    wait = max(RETRIES[attempts - 1], asked_by(error) or timedelta(0))
    return ArticleLook(row.item_id, now, course, again_at=now + wait)


def _is_refusal(error: FetchError) -> bool:
    """Return whether asking again seldom helps."""
    status = error.status or 0
    return error.reason in UNREADABLE or (400 <= status < 500 and status not in PATIENCE)


def unwanted(row: StoredArticle, *, now: datetime) -> ArticleLook:
    """Return what is left of an article whose feed is polled no more, or not for its articles: nothing is asked."""
    waiting = row.course.state is ArticleState.WAITING
    gone = replace(row.course, state=ArticleState.FAILED, error="its feed has no full_text any more")
    return ArticleLook(row.item_id, now, gone if waiting else row.course)


def next_look_at(told_at: datetime | None, *, now: datetime) -> datetime | None:
    """Return when an article is looked at again of which somebody was told then; None when never."""
    if told_at is None:
        return None
    return next((told_at + span for span in LOOKS if told_at + span > now), None)


def patience(error: FetchError) -> timedelta | None:
    """Return how long a host is to be left alone with articles after an answer, None when it did not ask for that."""
    asked = asked_by(error)
    if error.reason in NOT_ASKED or (asked is None and error.status not in PATIENCE):
        return None
    return max(asked or LEAST_PATIENCE, timedelta(0))


def _missing(row: StoredArticle, error: FetchError, *, now: datetime) -> ArticleLook:
    """Return what changes when a page that was there is not: it is withdrawn when that lasts."""
    since_at = row.course.missing_since_at or now
    if now - since_at < CONFIRM_AFTER:
        course = replace(row.course, missing_since_at=since_at)
        return ArticleLook(row.item_id, now, course, again_at=since_at + CONFIRM_AFTER)
    course = replace(row.course, state=ArticleState.GONE, missing_since_at=since_at, error=str(error))
    return ArticleLook(row.item_id, now, course, withdrawn=True if row.withdrawn_at is None else None)


def _was_read(row: StoredArticle) -> bool:
    """Return whether the article is known."""
    return row.course.state in (ArticleState.READ, ArticleState.GONE)


def _back(row: StoredArticle) -> bool | None:
    """Return False when a withdrawn item is there again, else None."""
    return None if row.withdrawn_at is None else False
