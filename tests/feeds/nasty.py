"""Feeds made for tests: every format, with all that feeds in the wild do to their readers."""

from dataclasses import dataclass

from hypothesis import strategies as st

CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
SPACES = (
    f"xmlns:dc='{DC}' xmlns:content='{CONTENT}' xmlns:media='{MEDIA}' xmlns:x='http://example.org/own#' "
    "xmlns:georss='http://www.georss.org/georss' xmlns:itunes='http://www.itunes.com/DTDs/PodCast-1.0.dtd' "
    "xmlns:xhtml='http://www.w3.org/1999/xhtml'"
)
RSS, ATOM = "http://purl.org/rss/1.0/", "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@dataclass(frozen=True, slots=True)
class Kind:
    """A format: what stands before and after the entries, and how an entry begins and ends. `{p}` is the prefix."""

    before: str
    after: str
    opening: str
    closing: str


KINDS = {
    "rss 0.91": Kind("<rss version='0.91' {s}{a}><channel>{h}", "</channel></rss>", "<item>", "</item>"),
    "rss 2.0": Kind("<rss version='2.0' {s}{a}><channel>{h}", "</channel></rss>", "<item>", "</item>"),
    "rss 0.90": Kind(
        f"<rdf:RDF xmlns:rdf='{RDF}' xmlns='http://my.netscape.com/rdf/simple/0.9/' {{s}}{{a}}><channel>{{h}}</channel>",
        "</rdf:RDF>",
        "<item>",
        "</item>",
    ),
    "rss 1.0": Kind(
        f"<rdf:RDF xmlns:rdf='{RDF}' xmlns='{RSS}' {{s}}{{a}}><channel rdf:about='https://paper.example/'>{{h}}"
        "<items><rdf:Seq><rdf:li rdf:resource='https://paper.example/1'/><rdf:li resource='https://paper.example/9'/>"
        "</rdf:Seq></items></channel>",
        "</rdf:RDF>",
        "<item rdf:about='https://paper.example/{n}'>",
        "</item>",
    ),
    "rss 1.0 prefixed": Kind(
        f"<rdf:RDF xmlns:rdf='{RDF}' xmlns:rss='{RSS}' {{s}}{{a}}><rss:channel><rss:title>T</rss:title></rss:channel>",
        "</rdf:RDF>",
        "<rss:item><rss:title>Prefixed {n}</rss:title><rss:link>/{n}</rss:link>",
        "</rss:item>",
    ),
    "atom 0.3": Kind(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#' {s}{a}>{h}",
        "</feed>",
        "<entry><issued>2023-07-30T10:00:00Z</issued>",
        "</entry>",
    ),
    "atom 1.0": Kind(f"<feed xmlns='{ATOM}' {{s}}{{a}}>{{h}}", "</feed>", "<entry><id>urn:{n}</id>", "</entry>"),
    "atom 1.0 prefixed": Kind(
        f"<atom:feed xmlns:atom='{ATOM}' {{s}}{{a}}><atom:title>T</atom:title>",
        "</atom:feed>",
        "<atom:entry><atom:id>urn:{n}</atom:id><atom:title type='html'>&lt;b&gt;{n}&lt;/b&gt;</atom:title>",
        "</atom:entry>",
    ),
    "cdf": Kind("<channel HREF='https://paper.example/' {s}{a}>{h}", "</channel>", "<item HREF='/{n}'>", "</item>"),
}

PLAIN = [
    "<title>News {n}</title>",
    "<link>/news/{n}?a=1&amp;b=2</link>",
    "<link rel='alternate' href='news/{n}'/>",
    "<guid isPermaLink='false'>id {n}</guid>",
    "<guid>https://paper.example/{n}</guid>",
    "<pubDate>Sun, 30 Jul 2023 11:25:{n:02} +0500</pubDate>",
    "<updated>2023-07-30T10:00:{n:02}Z</updated>",
    "<pubDate>yesterday</pubDate>",
    "<dc:date>2023-07-{n:02}</dc:date>",
    "<dc:creator>نامہ نگار</dc:creator>",
    "<author><name>A {n}</name><email>a@paper.example</email></author>",
    "<author>desk@paper.example (Desk {n})</author>",
    "<category>World</category>",
    "<category term='world' scheme='x'/>",
    "<description>Words &amp; &lt;p&gt;markup {n}&lt;/p&gt; &#x41;&#233;</description>",
    "<description><![CDATA[ <p>a]] > </item></entry><item> {n}</p> ]]></description>",
    "<summary>Summary {n}</summary>",
    "<content:encoded><![CDATA[<div xml:lang='fr'>words {n}</div>]]></content:encoded>",
    "<content type='html'>&lt;div&gt;{n}&lt;/div&gt;</content>",
    "<content type='xhtml' xml:lang='fr'><div xmlns='http://www.w3.org/1999/xhtml'><p>a <b>{n}</b></p></div></content>",
    "<content type='application/xhtml+xml' mode='xml'><xhtml:div><xhtml:p>{n}</xhtml:p></xhtml:div></content>",
    "<description><p>not escaped <br/> {n}</p></description>",
    "<content type='text/plain' mode='base64'>d29yZHM=</content>",
    "<content src='https://paper.example/{n}.mp3' type='audio/mpeg'/>",
    "<!-- </item> </entry> <item> {n} -->",
    "<?note </item></entry> {n}?>",
    "<source url='https://other.example/'>Other</source>",
    "<source><title>Other</title><id>urn:other</id><updated>2020-01-01T00:00:00Z</updated></source>",
    "<media:group><media:title>M</media:title><media:content url='a'><media:text>t</media:text></media:content></media:group>",
    "<media:content url='a.jpg'><media:description>d {n}</media:description></media:content>",
    "<media:thumbnail url='{n}.jpg'/>",
    "<enclosure url='https://paper.example/{n}.mp3' type='audio/mpeg' length='1'/>",
    "<georss:point>34.{n} 71.5</georss:point>",
    "<itunes:summary>Heard {n}</itunes:summary><itunes:author>Voice</itunes:author><itunes:explicit>no</itunes:explicit>",
    "<image><url>a.png</url><title>picture</title><link>https://p.example/</link></image>",
    "<x:own a='{n}'><x:inner>words</x:inner></x:own>",
    "<x:title>own title {n}</x:title>",
    "<dc:language>fa</dc:language>",
    "<language>ps</language>",
    "<dc:subject>a, b</dc:subject>",
    "<rights>All {n}</rights>",
    "<title xml:lang='ru' type='html'>Взрыв {n}</title>",
    "<link xml:base='https://deep.example/a/'>b{n}</link>",
    "<dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>declared {n}</dc:title>",
    "<xhtml:body><xhtml:div>{n}</xhtml:div></xhtml:body>",
    "<language xml:lang='ru'><div>{n}</div></language>",
    "<expirationDate>2024-01-01</expirationDate>",
]
"""What may stand in an entry without doing anything to the entries that follow."""

UPSETTING = [
    "<description><div xml:lang='fr' xml:base='https://evil.example/'><div><div>{n}</div></div></div></description>",
    "<title xml:lang='ru'><div>T</div><div>{n}</div></title>",
    "<description><p>a</p><summary>b</summary><title>c</title></description>",
    "<content type='xhtml'><div><details><summary>{n}</summary>more</details></div></content>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><svg><title>{n}</title></svg></div></content>",
    "<content type='xhtml'><div><x:svg><title>{n}</title></x:svg></div></content>",
    "<content type='xhtml'><div><author>{n}</author><source>s</source><item>i</item></div></content>",
    "<y:thing xmlns:y='http://example.org/own#'>{n}</y:thing>",
    "<dc:creator xmlns:dc='http://example.org/other#'>{n}</dc:creator>",
    "<q:creator xmlns:q='http://purl.org/dc/elements/1.1/'>{n}</q:creator>",
    "<content:x xmlns:content='http://purl.org/dc/elements/1.1/'>{n}</content:x>",
    "<item><title>inner {n}</title></item>",
    "<entry><title>inner {n}</title></entry>",
    "<channel><title>inner</title></channel>",
    "<title>a & b</title>",
    "<title>a &nbsp; b {n}</title>",
    "<title>not closed",
    "<u:title>undeclared {n}</u:title>",
    "<content_encoded><div xml:lang='fa'><div/><div/></div>{n}</content_encoded>",
    "<body><p>{n}</p><title>t</title></body>",
    "<description><media:title>m</media:title></description>",
    "<svg><title>outside</title></svg>",
    "<description type='xhtml' x:type='html'><div xml:lang='fr'><div/><div/></div>{n}</description>",
]
"""What does something to them, or might: no feed that has it is cut."""

RSS_AND_ATOM = {
    "rss": (f"<rss version='2.0' {SPACES}{{a}} xmlns:atom='{ATOM}'><channel>", "</channel></rss>", "item"),
    "atom": (f"<feed xmlns='{ATOM}' {SPACES}{{a}} xmlns:atom='{ATOM}'>", "</feed>", "entry"),
}
"""What most feeds are: what stands before and after the entries, and an entry's name."""

USUAL = [
    "<title>News {n} é</title>",
    "<title type='html'>&lt;b&gt;{n}&lt;/b&gt; “é”</title>",
    "<title/>",
    "<dc:title>News</dc:title>",
    "<link>https://paper.example/{n}</link>",
    "<link>  /news/a b?x&amp;y  </link>",
    "<link/>",
    "<link href='/a{n}'/>",
    "<link rel='alternate' href='https://a.example//b/../c?'/>",
    "<link rel='alternate' type='text/html' href='https://y.example/{n}?a=1&amp;b=2;'/>",
    "<link title='x' rel='Alternate' type='Text/HTML' href='#f'/>",
    "<link rel='enclosure' href='https://y.example/{n}.mp3'/>",
    "<atom:link href='rel/{n}' rel='self'/>",
    "<guid>https://paper.example/id/{n}</guid>",
    "<guid isPermaLink='false'>https://paper.example/no/{n}</guid>",
    "<guid isPermaLink='false'>{n}</guid>",
    "<guid isPermaLink='False'>q{n}</guid>",
    "<id>tag:{n}</id>",
    "<pubDate>Sun, 30 Jul 2023 11:25:{n:02} +0500</pubDate>",
    "<updated>2023-07-30T10:00:{n:02}Z</updated>",
    "<published>2023-07-30T10:00:{n:02}Z</published>",
    "<published/>",
    "<dc:date>2020-01-{n:02}</dc:date>",
    "<description>desc {n} long é words</description>",
    "<description/>",
    "<summary>sum {n}</summary>",
    "<content type='html'>&lt;p&gt;{n} content</content>",
    "<content:encoded><![CDATA[<p>{n}</p> encoded]]></content:encoded>",
    "<itunes:summary>its {n}</itunes:summary>",
    "<dc:description>described</dc:description>",
    "<media:description>m d {n}</media:description>",
    "<media:title>of the picture</media:title>",
    "<media:group><media:title>g</media:title><media:description>gd</media:description></media:group>",
    "<media:content url='a'><media:description>longer than others</media:description><media:title/></media:content>",
    "<media:thumbnail url='t'/>",
    "<media:credit role='a'>c</media:credit>",
    "<dc:creator>A é</dc:creator>",
    "<author>a@paper.example (A)</author>",
    "<author><name>A {n}</name><email>a@paper.example</email></author>",
    "<author><email>only@paper.example</email></author>",
    "<author>text<name/><uri>https://a.example/</uri>more</author>",
    "<author><x:image src='1'>T</x:image><name>W</name></author>",
    "<itunes:author>Voice</itunes:author>",
    "<contributor><name>c</name></contributor>",
    "<source url='https://o.example/'>O</source>",
    "<source><title>s</title><id>i</id><link href='q'/><author><name>a</name></author><updated>2001</updated></source>",
    "<enclosure url='https://e.example/{n}.mp3' type='audio/mpeg' length='1'/>",
    "<category>c</category>",
    "<dc:language>fr</dc:language>",
    "<language>de</language>",
    "<rights>r</rights>",
    "<subtitle>st</subtitle>",
    "<image>a.png</image>",
    "<georss:point>34.{n} 71.5</georss:point>",
    "<itunes:image href='a.png'/>",
    "<x:own>1<x:other a='1'/><media:thumbnail url='x'/></x:own>",
    "<site xmlns='com-wordpress:feed-additions:1'>12</site>",
]
"""What stands in usual entries, and may stand there in any order and number."""

HEADS = [
    "<title>Paper</title>",
    "<link>https://paper.example/</link>",
    "<language>ur</language>",
    "<ttl>30</ttl>",
    "<image><url>a.png</url><title>logo</title></image>",
    "<textinput><title>Search</title><name>q</name></textinput>",
    "<description>All news</description>",
    "<author><name>Desk</name></author>",
    "<title><div xml:lang='fr'>T</div></title>",
    "<!-- <item> </item> -->",
    "<svg/>",
    "<x:title xmlns:x='http://example.org/again#'>T</x:title>",
]

ATTRIBUTES = ["", " xml:lang='fa'", " xml:base='https://base.example/dir/'", " xml:lang='ur' xml:base='/deep/'"]
PROLOGS = [
    "",
    "<?xml version='1.0'?>",
    "<?xml version='1.0' encoding='utf-8'?>",
    "<!-- x -->",
    "\n<?xml version='1.0'?>",
]
GAPS = ["", "\n  ", "\r\n\t", "<!-- between -->", "words", "<x:between/>", "<title>between</title>"]
ENDS = ["", "\n", "\n<!-- made in 0.1 s -->\n", "<x:after/>", "<link>/after</link>", "words"]


@st.composite
def feeds(draw: st.DrawFn, *, upsetting: bool) -> str:
    """Return the text of a feed; where `upsetting`, one or two things are wrong with it."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    inside = [draw(st.lists(st.sampled_from(PLAIN), max_size=5)) for _ in range(draw(st.integers(1, 5)))]
    if not upsetting and any("<guid" in piece for pieces in inside for piece in pieces):
        inside = [[*pieces, "<guid isPermaLink='false'>own {n}</guid>"] for pieces in inside]  # all have one, or none
    head = draw(st.lists(st.sampled_from(HEADS[:8]), max_size=4))
    gap, end, prolog = (
        draw(st.sampled_from(GAPS[:3])),
        draw(st.sampled_from(ENDS[:3])),
        draw(st.sampled_from(PROLOGS[:4])),
    )
    for _ in range(draw(st.integers(1, 2)) if upsetting else 0):
        place = draw(st.sampled_from(["entry", "entry", "entry", "entry", "head", "gap", "end", "prolog"]))
        if place == "entry":
            draw(st.sampled_from(inside)).append(draw(st.sampled_from(UPSETTING)))
        elif place == "head":
            head.append(draw(st.sampled_from(HEADS[8:])))
        elif place == "gap":
            gap = draw(st.sampled_from(GAPS[3:]))
        elif place == "end":
            end = draw(st.sampled_from(ENDS[3:]))
        else:
            prolog = draw(st.sampled_from(PROLOGS[4:]))
    entries = [
        (kind.opening.replace(">", draw(st.sampled_from(ATTRIBUTES)) + ">", 1) + "".join(pieces) + kind.closing)
        .replace("{n:02}", f"{n:02}")
        .replace("{n}", str(n))
        for n, pieces in enumerate(inside)
    ]
    before = kind.before.format(s=SPACES, a=draw(st.sampled_from(ATTRIBUTES)), h="".join(head))
    return prolog + before + gap + gap.join(entries) + end + kind.after + "\n"
