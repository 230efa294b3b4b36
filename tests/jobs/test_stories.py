"""One story, one alert: twenty outlets tell of one attack in words of their own, and later of another one nearby."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from aiohttp import web

from monitor.app import House, open_house
from monitor.config.settings import POLL_SHARDS, load_settings
from monitor.core.types import Notice
from monitor.jobs.alert import AlertJob
from monitor.jobs.hosts import Hosts
from monitor.jobs.keys import ALERT_KEY
from monitor.jobs.poll import PollJob
from monitor.store import deliveries, items
from tests.servers.http import HttpServer

MORNING = datetime(2024, 11, 11, 4, 30, tzinfo=UTC)  # a Monday, 9:30 in Bajaur

WATCHLIST = """
watchlist: test
title: Test
severity: high
entities:
  - {id: bajaur, kind: place, name: Bajaur, aliases: ["باجوڑ", "باجوړ", "باجور", "Баджаур", "बाजौर"]}
"""
CONFIG = """
database: sqlite:///monitor.db
watchlists: watchlists
http: {{timeout: 5s, allow_private_networks: true, per_host: 8}}
polling: {{interval: 5m, min_interval: 5m}}
feeds: [{feeds}]
receivers: [{{name: desk, channels: [{{webhook: {{url: "http://127.0.0.1:1/"}}}}]}}]
route: {{receiver: desk, group_wait: 0s, group_interval: 5m}}
"""

REPORTS = [
    # minutes after the blast, outlet, headline, lead
    (12, "dawn.example", "Blast targets police van in Bajaur's Mamund tehsil",
     "An explosion hit a police van escorting a polio vaccination team in Mamund tehsil of Bajaur district on Monday morning, rescue officials said. Ambulances were on their way."),
    (18, "geo.example", "Explosion near police vehicle on polio duty in Bajaur, casualties feared",
     "A police vehicle deployed with polio workers came under a bomb attack in Bajaur's Mamund area. Rescue 1122 teams have been sent to the scene."),
    (31, "tribune.example", "Three cops martyred as roadside bomb rips through van in Bajaur",
     "At least three policemen embraced martyrdom and ten others were wounded on Monday when an improvised explosive device planted by the roadside went off near their van in Mamund."),
    (40, "bbc-urdu.example", "باجوڑ: پولیو ٹیم کی حفاظت پر مامور پولیس کی گاڑی پر بم حملہ، تین اہلکار ہلاک",
     "خیبر پختونخوا کے ضلع باجوڑ کی تحصیل ماموند میں سڑک کنارے نصب بم پھٹنے سے پولیو ٹیم کے ساتھ جانے والے تین پولیس اہلکار ہلاک اور دس زخمی ہو گئے۔"),
    (52, "reuters.example", "Bomb kills police guarding polio vaccinators in northwest Pakistan",
     "PESHAWAR, Pakistan (Reuters) - A roadside bomb killed four police officers who were protecting polio vaccinators in the Bajaur district of northwest Pakistan on Monday, a senior police official said, on the first day of a nationwide campaign to immunise 45 million children."),
    (58, "straitstimes.example", "Bomb kills four police guarding polio vaccinators in Pakistan's northwest",
     "PESHAWAR, Pakistan (Reuters) - A roadside bomb killed four police officers who were protecting polio vaccinators in the Bajaur district of northwest Pakistan on Monday, a senior police official said, on the first day of a nationwide campaign to immunise more than 45 million children."),
    (70, "mashaal.example", "په باجوړ کې د پولیو د ټیم پر پولیسو چاودنه شوې، څلور پولیس وژل شوي",
     "د خیبر پښتونخوا په باجوړ ضلع کې چارواکي وايي، د ماموند په سیمه کې د سړک پر غاړه بم چاودلی او د پولیو له ټیم سره تلونکي څلور پولیس یې وژلي دي."),
    (75, "aljazeera.example", "Four police officers killed in bombing during Pakistan polio drive",
     "The officers were travelling with health workers in Bajaur, a tribal district on the Afghan border, when an explosive device detonated beside their vehicle."),
    (84, "afintl.example", "انفجار در باجور پاکستان؛ چهار پولیس محافظ تیم واکسن پولیو کشته شدند",
     "مقام‌های پاکستانی گفتند که در پی انفجار یک بمب کنار جاده در منطقه ماموند باجور دست‌کم چهار پولیس کشته و ده تن دیگر زخمی شدند."),
    (95, "arabiya.example", "باكستان.. مقتل 4 من الشرطة في انفجار استهدف فريق تطعيم ضد شلل الأطفال في باجور",
     "قتل أربعة من رجال الشرطة على الأقل صباح الاثنين في انفجار قنبلة زرعت على جانب الطريق في منطقة باجور شمال غرب باكستان."),
    (110, "tass.example", "В Пакистане четверо полицейских погибли при взрыве бомбы в Баджауре",
     "Полицейские сопровождали бригаду, делавшую прививки от полиомиелита. Придорожная бомба взорвалась в понедельник в округе Баджаур на северо-западе Пакистана."),
    (125, "thenews.example", "Death toll in Bajaur police van blast climbs to five",
     "The number of policemen martyred in Monday's explosion in Mamund rose to five after an injured constable succumbed to his wounds at the Khar hospital, the district police officer told The News."),
    (140, "nation.example", "Bajaur blast: five policemen of polio security team martyred, 11 hurt",
     "Eleven people, among them two health workers, were injured in the attack in Mamund. A large contingent of security forces cordoned off the area."),
    (150, "hindi.example", "पाकिस्तान: बाजौर में पोलियो टीम की सुरक्षा में लगे पुलिस वाहन पर बम धमाका, पांच पुलिसकर्मियों की मौत",
     "खैबर पख्तूनख्वा के बाजौर जिले में सोमवार को सड़क किनारे लगे बम में धमाका होने से पांच पुलिसकर्मी मारे गए और 11 घायल हो गए।"),
    (165, "ap.example", "Roadside bomb in Pakistan kills 5 police assigned to protect polio workers",
     "KHAR, Pakistan (AP) — A powerful roadside bomb struck a vehicle carrying police assigned to protect polio workers in restive northwest Pakistan on Monday, killing five of them and wounding 11, officials in Bajaur said."),
    (190, "app.example", "PM condemns attack on polio team's police escort in Bajaur",
     "Prime Minister Shehbaz Sharif strongly condemned the bomb attack on policemen in Bajaur and paid tribute to the five martyrs, saying the drive against polio would go on."),
    (215, "dailytimes.example", "TTP claims responsibility for Bajaur bombing that killed five policemen",
     "The banned Tehreek-i-Taliban Pakistan said on Monday it was behind the explosion that hit a police van in Mamund tehsil, in which five policemen guarding a polio team were killed."),
    (240, "independent-urdu.example", "باجوڑ دھماکا: ہلاک ہونے والے پولیس اہلکاروں کی تعداد پانچ ہو گئی",
     "باجوڑ کے ضلعی پولیس افسر کے مطابق ماموند میں پولیو ٹیم کی سکیورٹی پر مامور پولیس وین کے قریب بم دھماکے میں ہلاک اہلکاروں کی تعداد پانچ ہو گئی ہے۔"),
    (330, "frontier.example", "Funeral prayers offered for five policemen martyred in Bajaur blast",
     "The funeral prayers of the five policemen who lost their lives in the Mamund bomb blast were offered at the Police Lines in Khar on Monday afternoon. The IGP and the deputy commissioner attended."),
    (420, "voa.example", "Militants in Pakistan Bomb Police Escort of Anti-Polio Campaign, Killing 5",
     "Authorities in northwestern Pakistan said Monday that a bomb planted on a road in Bajaur hit police protecting polio vaccinators and killed five of them."),
]  # fmt: skip

SECOND = (
    480, "dawn2.example", "JUI-F leader shot dead outside mosque in Bajaur's Khar",
    "Gunmen on a motorcycle opened fire on Maulana Noor Wali, a local leader of the Jamiat Ulema-i-Islam-Fazl, as he left a mosque in Khar after the evening prayers on Monday, police said. He died on the spot.",
)  # fmt: skip


@dataclass
class Press:
    """Outlets, each with a feed of its own that shows what it has reported by now."""

    reports: list[tuple[int, str, str, str]]
    now: datetime = MORNING
    server: HttpServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = HttpServer(self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        minutes, outlet, title, text = self.reports[int(request.path.rpartition("/")[2])]
        at = MORNING + timedelta(minutes=minutes)
        shown = "".join(
            f"<item><title>{escape(title)}</title><link>https://{outlet}/news/1</link><guid>{outlet}/1</guid>"
            f"<description>{escape(text)}</description><pubDate>{format_datetime(at)}</pubDate></item>"
            for _ in range(at <= self.now)
        )
        body = f"<rss version='2.0'><channel><title>{outlet}</title>{shown}</channel></rss>"
        return web.Response(body=body.encode(), content_type="application/rss+xml")


@dataclass
class Desk:
    """The daemon's jobs from the poll to the desk's deliveries."""

    press: Press
    house: House

    async def work(self, at: timedelta) -> list[Notice]:
        """Poll and tell at a time of the day; return what is new in the outbox."""
        self.press.now = MORNING + at
        db = self.house.current().db
        before = {one.id for one in deliveries.list_deliveries(db, limit=999)}
        poll, alert = PollJob(self.house.current, Hosts(self.house.current)), AlertJob(self.house.current)
        await asyncio.gather(*(poll(str(shard)) for shard in range(POLL_SHARDS)))
        await alert(ALERT_KEY)
        return [one.notice for one in deliveries.list_deliveries(db, limit=999) if one.id not in before]


@asynccontextmanager
async def desk_for(folder: Path, press: Press) -> AsyncIterator[Desk]:
    """Start a house that follows these outlets, and stop it in the end."""
    (folder / "watchlists").mkdir()
    (folder / "watchlists" / "test.yaml").write_text(WATCHLIST)
    async with press.server:
        feeds = ", ".join(f'{{url: "{press.server.url(f"/feed/{number}")}"}}' for number in range(len(press.reports)))
        (folder / "monitor.yaml").write_text(CONFIG.format(feeds=feeds))
        settings = load_settings(folder / "monitor.yaml", {})
        async with open_house(settings, ring=lambda _kind, _key: None, clock=lambda: press.now) as house:
            yield Desk(press, house)


async def test_twenty_outlets_are_one_alert_and_a_second_attack_nearby_on_that_day_is_another(tmp_path: Path) -> None:
    async with desk_for(tmp_path, Press([*REPORTS, SECOND])) as desk:
        told = [one for minutes in range(20, 460, 40) for one in await desk.work(timedelta(minutes=minutes))]
        alerts = [one["data"]["alert"] for one in told]
        hits = items.list_hits(desk.house.current().db, items.HitFilter())
        assert len(hits) == len(REPORTS)
        assert len({hit.item.story_id for hit in hits}) == 1
        assert [one["type"] for one in told].count("alert.created") == 1
        assert len({one["id"] for one in alerts}) == 1
        assert sum(not one["quiet"] for one in alerts) <= 2
        assert (alerts[-1]["reports"], alerts[-1]["publishers"]) == (20, 19)  # one carries the wire of another
        [second] = await desk.work(timedelta(minutes=490))
        assert (second["type"], second["data"]["alert"]["title"]) == ("alert.created", SECOND[2])
