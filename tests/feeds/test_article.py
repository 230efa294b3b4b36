"""The words of an article, out of whatever surrounds them on its page."""

import sys
import time

import pytest

from monitor.core.articles import found_text, why_not
from monitor.core.types import Article, FetchResult
from monitor.errors import FetchError
from monitor.feeds.apart import Apart
from monitor.feeds.article import MAX_CHARS, MAX_HEADLINE, read_article
from tests.servers import pages

ADDRESS = "https://news.example/2023/07/rocket-fire/"


def answer(page: str | bytes, content_type: str = "text/html; charset=utf-8") -> FetchResult:
    """Return the answer of a server."""
    body = page.encode() if isinstance(page, str) else page
    return FetchResult(200, ADDRESS, {"content-type": content_type}, body, None, None)


@pytest.mark.parametrize("layout", list(pages.LAYOUTS))
def test_the_report_is_found_in_every_layout_and_nothing_else(layout: str) -> None:
    found = read_article(answer(pages.LAYOUTS[layout]()))
    assert found.headline == pages.TITLE
    for paragraph in pages.PARAGRAPHS:
        assert paragraph in found.text
    for other in (pages.RELATED, "Copyright", "Sport", "Share on Facebook", "I do not believe"):
        assert other not in found.text
    assert why_not(pages.TITLE, "", ADDRESS, ADDRESS, found) is None
    assert found_text(pages.TITLE, "", found).split("\n\n")[-len(pages.PARAGRAPHS) :] == list(pages.PARAGRAPHS)


@pytest.mark.parametrize("lang", list(pages.LANGUAGES))
def test_the_report_is_found_in_every_language(lang: str) -> None:
    title, paragraphs = pages.LANGUAGES[lang]
    found = read_article(answer(pages.article(title, paragraphs, lang=lang)))
    assert (found.headline, found.lang) == (title, lang)
    assert found_text(title, "", found) == "\n\n".join(paragraphs)
    assert why_not(title, "", ADDRESS, ADDRESS, found) is None


def test_the_page_says_its_own_address_and_language() -> None:
    found = read_article(answer(pages.LAYOUTS["wordpress"]()))
    assert (found.url, found.lang) == (ADDRESS, "en")
    assert read_article(answer(pages.LAYOUTS["xhtml"]())).lang == "en"
    assert read_article(answer(pages.article())).url == ""


@pytest.mark.parametrize(
    ("declared", "content_type", "charset"),
    [
        ("windows-1251", "text/html", "cp1251"),
        ("windows-1251", "text/html; charset=iso-8859-1", "cp1251"),
        ("utf-8", "text/html; charset=windows-1251", "cp1251"),
        ("utf-8", "", "utf-8"),
    ],
)
def test_the_charset_is_the_one_that_the_page_is_in(declared: str, content_type: str, charset: str) -> None:
    title, paragraphs = pages.LANGUAGES["ru"]
    page = pages.article(title, paragraphs, lang="ru").replace('charset="utf-8"', f'charset="{declared}"')
    found = read_article(answer(page.encode(charset), content_type))
    assert (found.headline, paragraphs[2] in found.text) == (title, True)


def test_plain_text_is_taken_as_it_is() -> None:
    found = read_article(answer("A line\nand one\n\n  more \x00.", "text/plain"))
    assert found == Article("", "A line\n\nand one\n\nmore \ufffd.")


@pytest.mark.parametrize("page", [pages.CONSENT, pages.WALL, pages.SOFT_404, pages.EMPTY_APP, "", "%PDF-1.7"])
def test_what_is_served_in_place_of_the_report_is_not_taken_for_it(page: str) -> None:
    assert why_not(pages.TITLE, pages.FIRST, ADDRESS, ADDRESS, read_article(answer(page))) is not None


def test_what_is_kept_has_an_end() -> None:
    paragraphs = tuple(f"Paragraph {number} of a very long report on Mamund." for number in range(4_000))
    found = read_article(answer(pages.article("Long " * 500, paragraphs)))
    assert MAX_CHARS <= len(found.text) < 1.1 * MAX_CHARS
    assert len(found.headline) <= MAX_HEADLINE


@pytest.mark.parametrize(
    "kind",
    [
        "nothing but <",
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in pages.HOSTILE if kind != "nothing but <"),
    ],
)
async def test_a_hostile_page_ends_in_time(kind: str) -> None:
    with Apart(workers=1) as apart:
        await apart.run(read_article, 30.0, answer(pages.article()))  # what takes long is the start
        began = time.monotonic()
        length, reason = await read_apart(apart, pages.HOSTILE[kind]())
        assert time.monotonic() - began < 10.0
        assert length <= 1.1 * MAX_CHARS
        assert reason in ("", "too slow to read", "not read")
        assert (await apart.run(read_article, 30.0, answer(pages.article()))).headline == pages.TITLE


async def read_apart(apart: Apart, page: str) -> tuple[int, str]:
    """Return how much text was found on a page within 2 s, and why none was."""
    try:
        return len((await apart.run(read_article, 2.0, answer(page))).text), ""
    except FetchError as error:
        return 0, error.reason


def test_without_the_extra_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(FetchError, match=r"pip install 'event-monitor\[article\]'"):
        read_article(answer(pages.article()))
