"""Policy of articles: what an answer means, when to ask again, and what is no article."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import articles
from monitor.core.articles import CONFIRM_AFTER, LOOKS, RETRIES
from monitor.core.types import Article, ArticleCourse, ArticleState, StoredArticle
from monitor.errors import FetchError

NOW = datetime(2023, 7, 30, 12, 0, tzinfo=UTC)
ADDRESS = "https://news.example/2023/bajaur-blast"
TITLE = "Bajaur blast: Omari claims attack on rally"
BODY = "A commander named Omari has claimed Sunday's blast at a rally in Bajaur, the police said."
WAITING = StoredArticle(1, ADDRESS, "news.example", ADDRESS, "en", "Paper", (), "", True, True, ArticleCourse())
READ = replace(WAITING, course=ArticleCourse(ArticleState.READ, etag='"a"', headline=TITLE), told_at=NOW)


def why_not(
    text: str = BODY,
    *,
    headline: str = TITLE,
    title: str = TITLE,
    own: str = "",
    answered: str = ADDRESS,
    url: str = "",
) -> str | None:
    """Return why a page is not the article."""
    return articles.why_not(title, own, ADDRESS, answered, Article(headline, text, url))


def test_a_page_that_tells_what_the_title_says_is_the_article() -> None:
    assert why_not() is None
    assert why_not(headline="Another headline of the same report") is None
    assert why_not(title="", own=BODY) is None
    assert why_not(title="What we know so far", own="Omari has claimed a blast in Bajaur, at a rally.") is None
    assert why_not(title="Омари взял на себя взрыв в Баджауре", text="Командир Омари говорит: взрыв, Баджаур.") is None


@pytest.mark.parametrize("headline", [TITLE, "We value your privacy", ""])
def test_a_wall_is_not_the_article_whatever_its_headline(headline: str) -> None:
    wall = "We and our 842 partners store information on a device, such as cookies, and process personal data."
    assert why_not(wall, headline=headline) == "the page is about something else"
    assert why_not(f"{headline}\n\n{wall}", headline=headline) == "the page is about something else"


@pytest.mark.parametrize(
    "headline",
    [
        "Page not found",
        "404",
        "Error 404 | The Paper",
        "This article is no longer available",
        "Just a moment...",
        "Страница не найдена",
        "صفحہ نہیں ملا",
        "الصفحة غير موجودة",
        "صفحه مورد نظر یافت نشد",
        "Not Found",
    ],
)
def test_a_page_that_says_there_is_none_is_not_the_article_whatever_it_lists(headline: str) -> None:
    assert (why_not(headline=headline) or "").startswith("the page is none")
    assert why_not(headline=headline, title=headline, text=f"It said '{headline}', says the report.") is None


@pytest.mark.parametrize("front", ["https://news.example/", "https://news.example", "https://www.news.example/en/"])
def test_a_front_page_is_not_the_article(front: str) -> None:
    assert why_not(answered=front) == "its address leads to the front page"
    assert why_not(headline="The Paper", url=front) == "its address leads to the front page"
    assert why_not(url=front) is None, "a site that calls every page its front page is merely wrong"
    assert articles.why_not(TITLE, "", front, front, Article(TITLE, BODY)) is None
    assert why_not(answered=f"{front.rstrip('/')}/?p=123") is None


def test_a_page_that_nothing_tells_is_not_believed() -> None:
    assert why_not(title="", own="") == "the feed says nothing to know the article by"
    assert why_not("") == "there is no text on the page"
    assert why_not(title="Read more", own="Read more here") is not None


def test_what_the_feed_said_is_not_said_twice() -> None:
    first, cut = "The police said so on Sunday.", "A commander named Omari has claimed"
    article = Article(f"{TITLE} - The Paper", "\n\n".join([TITLE, BODY, first, f"{cut} it all."]))
    assert articles.found_text(TITLE, f"{BODY} {cut} …", article) == f"{first}\n\n{cut} it all."
    assert articles.found_text(TITLE, article.text, article) == ""


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=400), st.text(max_size=100))
def test_any_words_are_judged(title: str, own: str, text: str, headline: str) -> None:
    article = Article(headline, text, headline)
    reason = articles.why_not(title, own, title, own, article)
    assert reason is None or reason
    assert set(articles.found_text(title, own, article).split("\n\n")) <= {*text.split("\n\n"), ""}


def failed(row: StoredArticle, error: FetchError, *, after: timedelta = timedelta(0)) -> StoredArticle:
    """Return an article after a failure."""
    return replace(row, course=articles.after_failure(row, error, now=NOW + after).course)


def test_failures_of_an_article_not_read_yet_are_outlived_for_a_day_and_a_half() -> None:
    row, waits = WAITING, []
    while row.course.state is ArticleState.WAITING:
        again_at = articles.after_failure(row, FetchError("timeout"), now=NOW).again_at
        waits += [again_at - NOW] if again_at else []
        row = failed(row, FetchError("timeout"))
    assert tuple(waits) == RETRIES
    assert (row.course.state, row.course.error) == (ArticleState.FAILED, "timeout")


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (FetchError("http 403", status=403), 3),
        (FetchError("http 404", status=404), 3),
        (FetchError("too slow to read"), 3),
        (FetchError("http 410", status=410), 1),
        (FetchError("not a page"), 1),
        (FetchError("private address"), 1),
        (FetchError("http 429", status=429), 6),
        (FetchError("http 503", status=503), 6),
        (FetchError("dns"), 6),
    ],
)
def test_what_seldom_changes_is_asked_less_often(error: FetchError, tries: int) -> None:
    row, count = WAITING, 0
    while row.course.state is ArticleState.WAITING:
        row, count = failed(row, error), count + 1
    assert count == tries


def test_nobody_is_asked_before_the_time_that_was_asked_for() -> None:
    error = FetchError("http 503", status=503, retry_after=7200)
    assert articles.after_failure(WAITING, error, now=NOW).again_at == NOW + timedelta(hours=2)
    assert articles.after_failure(READ, error, now=NOW).again_at == NOW + timedelta(hours=2)
    assert articles.patience(error) == timedelta(hours=2)
    assert articles.patience(FetchError("http 429", status=429)) == articles.LEAST_PATIENCE
    assert articles.patience(FetchError("http 404", status=404)) is None
    assert articles.patience(FetchError("host rests", retry_after=7200)) is None
    year = FetchError("http 503", status=503, retry_after=1e9)
    assert articles.patience(year) == timedelta(days=7)


def test_a_request_that_was_not_made_is_no_failure() -> None:
    look = articles.after_failure(WAITING, FetchError("host rests", retry_after=600), now=NOW)
    assert (look.course, look.again_at) == (WAITING.course, NOW + timedelta(minutes=10))
    look = articles.after_failure(WAITING, FetchError("host busy"), now=NOW)
    assert (look.course, look.again_at) == (WAITING.course, NOW + articles.NOT_ASKED_AGAIN)


def test_a_page_is_withdrawn_when_it_is_missing_twice_in_a_row_and_for_a_while() -> None:
    missing = FetchError("http 404", status=404)
    first = articles.after_failure(READ, missing, now=NOW)
    assert (first.withdrawn, first.again_at) == (None, NOW + CONFIRM_AFTER)
    row = replace(READ, course=first.course)
    soon = articles.after_failure(row, missing, now=NOW + timedelta(minutes=1))
    assert (soon.withdrawn, soon.again_at) == (None, NOW + CONFIRM_AFTER)
    last = articles.after_failure(row, missing, now=NOW + CONFIRM_AFTER)
    assert (last.withdrawn, last.course.state) == (True, ArticleState.GONE)
    gone = replace(READ, course=last.course, withdrawn_at=NOW)
    assert articles.after_failure(gone, missing, now=NOW + LOOKS[1]).withdrawn is None, "told once"
    back = articles.after_unchanged(gone, now=NOW)
    assert (back.withdrawn, back.course.state, back.course.missing_since_at) == (False, ArticleState.READ, None)


@pytest.mark.parametrize("reason", ["timeout", "http 403", "http 500", "tls", "too large", "not a page"])
def test_of_an_article_that_was_read_nothing_is_known_after_other_failures(reason: str) -> None:
    status = int(reason[5:]) if reason.startswith("http") else None
    look = articles.after_failure(READ, FetchError(reason, status=status), now=NOW)
    assert (look.course, look.withdrawn, look.again_at) == (READ.course, None, None)
    assert articles.after_other(READ, "the page is about something else", now=NOW).course == READ.course
    unused = articles.after_other(WAITING, "the page is about something else", now=NOW).course
    assert unused == ArticleCourse(ArticleState.UNUSED, error="the page is about something else")


def test_looks_grow_further_apart_and_end() -> None:
    assert articles.next_look_at(None, now=NOW) is None
    at, seen = NOW, []
    while (following := articles.next_look_at(NOW, now=at)) is not None:
        seen.append(following - NOW)
        at = following
    assert tuple(seen) == LOOKS
    assert articles.next_look_at(NOW, now=NOW + timedelta(hours=30)) == NOW + timedelta(days=3)


def test_the_headline_that_counts_is_the_one_before_on_the_page() -> None:
    assert (
        articles.new_title("As the feed says", "As the page says", "AS THE PAGE SAYS - The Paper") == "As the feed says"
    )
    assert articles.new_title("As the feed says", "As the page says", "Something new") == "Something new"
    assert articles.new_title("As the feed says", "", "Something new") == "As the feed says"
    assert articles.new_title("As the feed says", "As the page says", "") == "As the feed says"
    look = articles.after_article(READ, Article("LIVE: " + TITLE, BODY), etag=None, last_modified=None, now=NOW)
    assert look.course.headline == TITLE


def test_articles_of_a_feed_that_asks_no_more_are_left_alone() -> None:
    look = articles.unwanted(WAITING, now=NOW)
    assert (look.course.state, look.again_at) == (ArticleState.FAILED, None)
    assert articles.unwanted(READ, now=NOW).course == READ.course
