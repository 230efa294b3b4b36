"""Reports are counted by who publishes them, not by the feed they came with."""

import pytest

from monitor.core.publishers import publisher_of, registered, wire_of


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("www.dawn.com", "dawn.com"),
        ("feeds.bbci.co.uk", "bbci.co.uk"),
        ("urdu.dunyanews.com.pk", "dunyanews.com.pk"),
        ("bakhtarnews.com.af", "bakhtarnews.com.af"),
        ("analyst.substack.com", "analyst.substack.com"),
        ("dawn.com", "dawn.com"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_a_publisher_is_the_name_that_is_registered(host: str, name: str) -> None:
    assert registered(host) == name


def test_all_feeds_of_a_publisher_are_one_and_so_are_the_parts_of_its_site() -> None:
    urls = ["https://www.bbc.com/urdu/articles/1", "https://feeds.bbc.com/news/2", "http://BBC.com:80/persian/3"]
    assert {publisher_of(url, "Blast in Bajaur") for url in urls} == {"bbc.com"}


def test_an_item_without_an_address_is_of_the_feeds_publisher() -> None:
    assert publisher_of("", "Blast", feed_url="https://rss.tolonews.com/all.xml") == "tolonews.com"
    assert publisher_of("http://[", "Blast", feed_url="file:///box/a.xml") == ""


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Blast in Bajaur - Dawn", "dawn"),
        ("Blast in Bajaur - five killed - The News International", "the news international"),
        ("باجوڑ میں دھماکا - BBC News اردو", "bbc news اردو"),
        ("Blast in Bajaur", "news.google.com"),
    ],
)
def test_an_aggregator_names_the_outlet_behind_the_title(title: str, name: str) -> None:
    assert publisher_of("https://news.google.com/rss/articles/CBMi", title) == name


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("PESHAWAR, Pakistan (AP) — A bomb went off on Sunday.", "apnews.com"),
        ("KABUL (Reuters) - A blast hit the ministry.", "reuters.com"),
        ("مقديشو (رويترز) - قالت الشرطة", "reuters.com"),
        ("A blast hit the ministry on Wednesday. (AFP)", "afp.com"),
        ("Blast hits ministry | AFP", "afp.com"),
        ("Blast hits ministry Dawn.com | AFP", "afp.com"),
        ("Взрыв в Кабуле - ТАСС", "tass.com"),
        ("AP officials met in the AFP office (Kabul) on Monday.", None),
        ("Reuters reported that the blast hit the ministry.", None),
        ("The APP (an app) was closed", None),
        ("", None),
    ],
)
def test_the_wire_is_the_publisher_of_what_is_credited_to_it(text: str, wire: str | None) -> None:
    assert wire_of(text) == wire
    assert publisher_of("https://dawn.com/1", "Blast", text=text) == (wire or "dawn.com")
