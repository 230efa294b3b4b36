"""Who tells a report: the publisher, which has many feeds, and the wire whose words it may carry.

A story that three publishers tell of their own is better founded than one that thirty carry from one wire. So reports
are counted by publisher, the name that is registered (bbc.com for feeds.bbc.com and bbc.com/urdu), and a copy with the
report it is a copy of (see stories.py).
"""

import re
from urllib.parse import urlsplit

_TWO_LABELS = frozenset(
    """
    ac.id ac.ir ac.uk asn.au co.id co.il co.in co.ir co.jp co.ke co.kr co.nz co.th co.tz co.ug co.uk co.za co.zw
    com.af com.ar com.au com.az com.bd com.bh com.bo com.br com.by com.cn com.co com.cy com.ec com.eg com.gh
    com.hk com.jo com.kh com.kw com.lb com.ly com.mm com.mt com.mx com.my com.na com.ng com.np com.om com.pe
    com.pg com.ph com.pk com.pl com.ps com.qa com.sa com.sd com.sg com.so com.sv com.sy com.tj com.tn com.tr
    com.tw com.ua com.uy com.uz com.ve com.vn com.ye edu.au edu.pk edu.tr gen.tr gob.mx gouv.fr gov.af gov.au
    gov.br gov.eg gov.ge gov.il gov.in gov.ir gov.ng gov.ph gov.pk gov.pl gov.sa gov.so gov.sy gov.tr gov.ua
    gov.uk gov.za in.ua kiev.ua ltd.uk mil.pk ne.jp net.au net.pk net.tr net.ua net.uk nhs.uk or.jp or.ke or.kr
    org.af org.au org.br org.cn org.il org.in org.ir org.ng org.nz org.pk org.ru org.tr org.ua org.uk org.za
    """.split()
)
"""Endings under which names are registered that have two labels, of the countries whose news is watched most. From the
public suffix list (publicsuffix.org), of which a whole copy would have to be kept up to date; where an ending is
missing, two publishers of one country count as one."""

_SHARED = frozenset(
    "blogspot.com github.io medium.com podbean.com substack.com tumblr.com typepad.com wordpress.com".split()
)
"""Hosts whose names are publishers of their own."""

_AGGREGATORS = frozenset("news.google.com news.yahoo.com msn.com bing.com newsnow.co.uk flipboard.com".split())
"""Hosts that show what others publish; they put the outlet behind the title: "Blast in Bajaur - Dawn"."""

_OUTLET = re.compile(r"\s[-–—|]\s([^-–—|]{2,60})$")


def publisher_of(url: str, title: str, *, text: str = "", feed_url: str = "") -> str:
    """Return whose report an item is, in small letters.

    That is the wire it credits, the outlet that an aggregator names, or else the registered name of its address.
    Where the item's address has no host that of its feed is taken; "" where neither has one.
    """
    host = _host(url) or _host(feed_url)
    if wire := wire_of(title) or wire_of(text):
        return wire
    if host in _AGGREGATORS or registered(host) in _AGGREGATORS:
        named = _OUTLET.search(title)
        return named[1].strip().casefold() if named else host
    return registered(host)


def registered(host: str) -> str:
    """Return the part of a host that its owner registered: "dunyanews.com.pk" of "www.dunyanews.com.pk"."""
    labels = host.split(".")
    if host.replace(".", "").isdecimal() or ":" in host:
        return host
    ending = ".".join(labels[-2:])
    return ".".join(labels[-3:]) if ending in _TWO_LABELS or ending in _SHARED else ending


def _host(url: str) -> str:
    """Return the host of an address in small letters, "" for none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


_WIRES = {
    "aa.com.tr": "Anadolu|Anadolu Agency",
    "afp.com": "AFP|Agence France-Presse|اے ایف پی|أ ف ب|АФП",
    "apnews.com": "AP|Associated Press|The Associated Press",
    "app.com.pk": "APP",
    "dpa.com": "dpa|DPA",
    "interfax.ru": "Interfax|Интерфакс",
    "reuters.com": "Reuters|REUTERS|رويترز|روئٹرز|رویترز|Рейтер|Рейтерс",
    "tass.com": "TASS|ТАСС",
    "xinhuanet.com": "Xinhua",
}
"""Wires by their address, with the names under which they are credited."""

_BY_NAME = {name: wire for wire, names in _WIRES.items() for name in names.split("|")}
_NAMES = "|".join(sorted(map(re.escape, _BY_NAME), key=len, reverse=True))
_BEFORE = re.compile(rf"[^.()\n]{{0,60}}\(({_NAMES})\)\s?[-–—:]")
_BEHIND = re.compile(rf"(?:[(|/]|\s[-–—])\s?({_NAMES})\)?$")
_CREDIT_CHARS = 80
"""Characters at the beginning and the end of a text in which a credit stands."""


def wire_of(text: str) -> str | None:
    """Return the wire that a text credits at its beginning or end, or None: "KABUL (Reuters) - ", "Dawn.com | AFP"."""
    text = text.strip()
    found = _BEFORE.match(text) or _BEHIND.search(text[-_CREDIT_CHARS:].removesuffix("."))
    return _BY_NAME[found[1]] if found else None
