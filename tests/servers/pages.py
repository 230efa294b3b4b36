"""Web pages as publishers make them: one report in a dozen layouts, and what is served in its place."""

from collections.abc import Callable, Mapping

TITLE = "Rocket fire on a checkpost in Mamund, four officers wounded"
FIRST = "Four police officers were wounded on Sunday when rockets hit a checkpost in the Mamund area, officials said."
LAST = "A commander named Abbas Omari claimed the attack in a message to reporters late on Sunday."
PARAGRAPHS = (
    FIRST,
    "The checkpost stands on the road from Mamund to Khar and had been fired at twice before this month, they added.",
    "Reinforcements reached the place within an hour, and the wounded officers were taken to a hospital in Khar.",
    LAST,
)
RELATED = "Zawahiri profile: the doctor who led them"
"""A link beside the report, whose words are none of the report's."""

NAVIGATION = (
    "<nav><ul>"
    + "".join(f'<li><a href="/{one.lower()}">{one}</a></li>' for one in ("Home", "World", "Sport", "Opinion", "Video"))
    + "</ul></nav>"
)
ASIDE = f'<aside><h3>Most read</h3><ul><li><a href="/p/77">{RELATED}</a></li><li><a href="/p/78">Gold falls</a></li></ul></aside>'
FOOTER = "<footer><p>Copyright The Mamund Paper. All rights reserved. <a href='/imprint'>Imprint</a></p></footer>"


def page(title: str, body: str, *, lang: str = "en", head: str = "") -> str:
    """Return a whole page."""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} - The Mamund Paper</title>'
        f"{head}</head><body>{NAVIGATION}{body}{FOOTER}</body></html>"
    )


def article(title: str = TITLE, paragraphs: tuple[str, ...] = PARAGRAPHS, *, lang: str = "en") -> str:
    """Return a report in plain, clean markup."""
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    return page(title, f"<main><article><h1>{title}</h1>{text}</article></main>{ASIDE}", lang=lang)


def _wordpress() -> str:
    text = "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    share = '<div class="sharedaddy"><a href="#">Share on Facebook</a> <a href="#">Tweet</a></div>'
    return page(
        TITLE,
        f'<div id="page"><div id="content"><article class="post type-post hentry"><header><h1 class="entry-title">{TITLE}</h1>'
        f'<span class="posted-on">July 30, 2023</span></header><div class="entry-content">{text}{share}</div></article></div>'
        f'<div id="secondary" class="widget-area">{ASIDE}</div></div>',
        head=f'<meta property="og:title" content="{TITLE}"><link rel="canonical" href="https://news.example/2023/07/rocket-fire/">',
    )


def _div_soup() -> str:
    text = "".join(f'<div class="x{n}"><div><span>{one}</span></div></div>' for n, one in enumerate(PARAGRAPHS))
    return page(
        TITLE, f'<div class="w"><div class="q1"><div class="t">{TITLE}</div><div class="b">{text}</div></div></div>'
    )


def _tables() -> str:
    text = "".join(f"<tr><td><font size=2>{one}</font></td></tr>" for one in PARAGRAPHS)
    return (
        f"<html><head><title>{TITLE}</title></head><body bgcolor=white><table width=760><tr><td valign=top width=120>"
        f'<a href="/">Home</a><br><a href="/w">World</a></td><td><table><tr><td><b>{TITLE}</b></td></tr>{text}</table></td>'
        "</tr></table></body></html>"
    )


def _line_breaks() -> str:
    return page(
        TITLE, f'<div id="story"><h2>{TITLE}</h2><div class="story-text">{"<br><br>".join(PARAGRAPHS)}</div></div>'
    )


def _json_ld() -> str:
    data = f'{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "{TITLE}"}}'
    text = "".join(f'<p class="css-1{n}">{one}</p>' for n, one in enumerate(PARAGRAPHS))
    script = f'<script type="application/ld+json">{data}</script><script>var x = "<p>no text</p>";</script>'
    return page(TITLE, f'<div id="__next"><section><h1>{TITLE}</h1>{text}</section></div>', head=script)


def _amp() -> str:
    text = "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    return (
        f"<!doctype html><html amp lang=en><head><meta charset=utf-8><title>{TITLE}</title><style amp-boilerplate>body{{}}"
        f"</style></head><body><header>The Mamund Paper</header><amp-ad width=300></amp-ad><article><h1>{TITLE}</h1>"
        f"<amp-img src=a.jpg></amp-img>{text}</article></body></html>"
    )


def _xhtml() -> str:
    text = "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        f'"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">'
        f'<head><title>{TITLE}</title></head><body><div class="article"><h1>{TITLE}</h1>{text}</div></body></html>'
    )


def _broken() -> str:
    text = "<p>".join(PARAGRAPHS)
    return f"<html><title>{TITLE}</title><body><h1>{TITLE}</h1><div class=article-body><p>{text}<p><b><i>{FOOTER}"


def _commented() -> str:
    text = "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    comments = "".join(f'<li class="comment"><p>Reader {n}: I do not believe a word of it.</p></li>' for n in range(5))
    return page(
        TITLE,
        f'<article><h1>{TITLE}</h1><div class="article-body">{text}</div></article>'
        f'<section id="comments" class="comments"><h2>5 comments</h2><ol class="comment-list">{comments}</ol></section>',
    )


LAYOUTS: Mapping[str, Callable[[], str]] = {
    "plain": article,
    "wordpress": _wordpress,
    "div soup": _div_soup,
    "tables of old": _tables,
    "line breaks": _line_breaks,
    "json-ld": _json_ld,
    "amp": _amp,
    "xhtml": _xhtml,
    "broken markup": _broken,
    "with comments": _commented,
}
"""The report in the layouts that publishers use."""

LANGUAGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ur": (
        "ماموند میں چوکی پر راکٹ حملہ، چار اہلکار زخمی",
        (
            "ضلع باجوڑ کے علاقے ماموند میں اتوار کو پولیس کی چوکی پر راکٹ داغے گئے جس سے چار اہلکار زخمی ہو گئے۔",
            "حکام کے مطابق زخمی اہلکاروں کو خار کے ہسپتال منتقل کر دیا گیا ہے اور علاقے میں تلاشی کا کام جاری ہے۔",
            "عباس عمری نامی کمانڈر نے صحافیوں کو بھیجے گئے پیغام میں حملے کی ذمہ داری قبول کی ہے۔",
        ),
    ),
    "ar": (
        "هجوم صاروخي على مركز للشرطة في ماموند",
        (
            "أصيب أربعة من رجال الشرطة يوم الأحد عندما سقطت صواريخ على مركز للشرطة في منطقة ماموند، بحسب مسؤولين.",
            "وقال المسؤولون إن الجرحى نقلوا إلى مستشفى في مدينة خار وإن قوات إضافية وصلت إلى المكان بعد ساعة.",
            "وأعلن قائد يدعى عباس عمري مسؤوليته عن الهجوم الصاروخي في رسالة إلى الصحفيين.",
        ),
    ),
    "ru": (
        "Ракетный обстрел поста полиции в Мамунде",
        (
            "Четверо полицейских получили ранения в воскресенье, когда по посту в районе Мамунд был нанесён ракетный удар.",
            "По словам чиновников, раненых доставили в больницу города Хар, а через час на место прибыло подкрепление.",
            "Командир по имени Аббас Омари взял на себя ответственность за обстрел в послании журналистам.",
        ),
    ),
}
"""Title and paragraphs of the report in other languages."""

CONSENT = page(
    "Before you continue",
    "<main><h1>We value your privacy</h1><p>We and our 842 partners store and access information on a device, such as "
    "cookies, and process personal data for personalised advertising, measurement and audience research.</p><p>You may "
    "accept or manage your choices by clicking below, including your right to object where legitimate interest is used."
    "</p><button>Accept all</button><button>Manage options</button></main>",
)
WALL = page(
    TITLE,
    f"<main><h1>{TITLE}</h1><p>We and our 842 partners store and access information on a device, such as cookies, and "
    "process personal data for personalised advertising, measurement and audience research.</p><p>You may accept or "
    "manage your choices by clicking below, including your right to object.</p></main>",
    head=f'<meta property="og:title" content="{TITLE}">',
)
"""A wall under the headline of what it hides."""

SOFT_404 = page(
    "Page not found",
    "<main><h1>Page not found</h1><p>Sorry, the page that you are looking for does not exist or has been moved.</p>"
    "<p>Most read today: four officers wounded by rocket fire on a checkpost, says the police in Mamund.</p></main>",
)
FRONT = page(
    "The Mamund Paper",
    "<main>"
    + "".join(f'<article><h2><a href="/p/{n}">{TITLE} {n}</a></h2><p>{FIRST}</p></article>' for n in range(5))
    + f"<article><h2>{RELATED}</h2><p>Abbas Omari and Zawahiri are named here and there.</p></article></main>",
)
EMPTY_APP = '<!doctype html><html><head><title>App</title></head><body><div id="root"></div><script src="a.js"></script></body></html>'

HOSTILE: Mapping[str, Callable[[], str]] = {
    "100,000 nested tags": lambda: f"<html><body>{'<div>' * 100_000}<p>{FIRST}</p></body></html>",
    "100,000 attributes": lambda: (
        f"<html><body><p {' '.join(f'a{n}=1' for n in range(100_000))}>{FIRST}</p></body></html>"
    ),
    "300,000 paragraphs": lambda: f"<html><body>{'<p>x</p>' * 300_000}</body></html>",
    "nothing but <": lambda: "<" * 1_000_000,
    "comments without end": lambda: f"<html><body>{'<!--' * 100_000}",
    "deep json": lambda: (
        f'<html><head><script type="application/ld+json">{"[" * 100_000}</script></head><body><p>{FIRST}</p></body></html>'
    ),
}
