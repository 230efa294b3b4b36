"""The watchlists in watchlists/: complete, readable, and every example does what it says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config.lint_places import placed
from monitor.config.settings import load_settings
from monitor.config.watchlists import LoadedWatchlists, load_watchlists, read_watchlists
from monitor.core.findings import Example, Level
from monitor.core.lint import lint
from monitor.core.matcher import Matcher, compile_matcher
from monitor.core.types import Document, Entity, MatchResult, Severity

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "watchlists"

ENTITIES = """
is-k islamic-state is-hind ttp afghan-taliban jui-f al-qaeda chinese-separatist-groups salafist-splinter-2014
indian-national-congress un-security-council unsc-monitoring-report human-rights-watch hrw-report-2022
taliban-intelligence afghan-national-army iranian-revolutionary-guards russian-intelligence chinese-intelligence
pakistani-intelligence pakistani-security-forces us-military central-asian-intelligence salafists tajiks pashtuns
deobandis dars-e-nizami kharijites-label surat-gul abu-hamza-khurasani qari-musa-kotar qari-fateh abbas-omari
ijaz-ahangar ziauddin-hakeem abu-omar-afridi asad-laghmani doctor-hussain fazlur-rehman abu-obaidullah-mutawakil
unnamed-jailed-cleric-2021 khawaja-asif ashraf-ghani benazir-bhutto pervez-musharraf zia-ul-haq umer-farooq
afghanistan pakistan iran china russia tajikistan syria india united-states central-asia khorasan-region
eastern-afghanistan northern-afghanistan western-afghanistan central-afghanistan pak-afghan-border fata kashmir
nangarhar kunar balkh laghman herat-province zabul khyber-pakhtunkhwa balochistan uttar-pradesh bajaur khaar
khyber-district chaparhar manogay srinagar qila-saifullah kabul mazar-e-sharif herat-city peshawar islamabad moscow
khairkhana kart-e-naw mashwanian pd12-kabul police-district-kabul-unnumbered dago nangalam batkhak pech-valley
moscow-concert-hall-attack iran-attack-2024 bajaur-rally-bombing-2023 killing-of-abbas-omari killing-of-ijaz-ahangar
mazar-operation-2023 killing-of-asad-laghmani killing-of-doctor-hussain killing-of-surat-gul
killing-of-abu-hamza-khurasani killing-of-mutawakil taliban-takeover-2021 joint-operations-2016 asif-moscow-visit-2017
islamabad-intelligence-meetings is-k-fatwas-2022 jui-f-killings-bajaur border-province-suicide-attacks
us-invasion-2001 soviet-occupation
""".split()
"""Ids that analysts' filters and stored hits rely on: they are never renamed and never removed."""

THEMES = """
claims-of-responsibility targeted-killing-of-jui-f fatwas recruitment-in-universities financing-and-money-changers
defection-ttp-to-is-k defection-taliban-to-is-k persecution-of-salafists joint-intelligence-operations
leader-killed-or-captured overnight-raids territory-to-urban-shift decline-and-comeback propaganda-and-social-media
kharijite-labelling taliban-dilemma-foreign-militants refuge-in-border-areas lex-attack lex-kill-kidnap
lex-weapon-or-casualty
""".split()

RULES = """
isk-attack-bajaur isk-claims-attack juif-member-killed-or-kidnapped juif-gathering-attacked fazlur-rehman-threat
isk-attack-border-provinces isk-leader-killed-or-arrested isk-leader-said-alive isk-new-leadership
ttp-defection-to-isk taliban-defection-to-isk ttp-isk-clash-or-propaganda moscow-concert-hall attack-in-iran-by-is
isk-fatwa salafi-cleric-victim university-recruitment isk-financing regional-intelligence-cooperation
taliban-raid-on-isk isk-attack-on-taliban un-or-hrw-report ishp-kashmir isk-flight-to-border khawarij-resolver
""".split()


FALSE_FRIENDS = """
ttp-cyber ttp-medical isk-currency iskcon is-word isis-other daesh-punctuation dash-variants khorasan-region-ff
khorasani-nisba zia-three-men taliban-alone pakistani-taliban-longest khawarij-target jui-factions jamiat-lookalikes
jamiat-two-spellings fazlur-namesakes mutawakil-namesake qais-common asad-common doctor-hussain-common
saifullah-common surat-city abu-hamza-many afridi-tribe kotar-name fateh-fatah khyber-alone khar-words pech-words
herat-ambiguous kunar-balkh-places zabul-zabol dago-slur pd12 fata-fatf congress-many moscow-idaho crocus-flower
kerman-other hind-other iea-other gdi-other isi-other kp-other tajik-other salafi-elsewhere talib-students
wilayat-khorasan-fa attack-as-criticism negated-claim indic-fonts-arabic-letters umer-farooq-byline
""".split()
"""Names that mean something else, too: each is marked beside the examples of both senses."""

ONE_SENSE = {"daesh-punctuation", "jamiat-two-spellings", "indic-fonts-arabic-letters"}
"""Of those, spellings of one name that mean nothing else."""


@pytest.fixture(scope="module")
def loaded() -> LoadedWatchlists:
    return load_watchlists(FOLDER)


@pytest.fixture(scope="module")
def matcher(loaded: LoadedWatchlists) -> Matcher:
    return compile_matcher(loaded.watchlists, version=loaded.version)


@pytest.fixture(scope="module")
def entities(loaded: LoadedWatchlists) -> dict[str, Entity]:
    return {entity.id: entity for watchlist in loaded.watchlists for entity in watchlist.entities}


@pytest.fixture(scope="module")
def read(matcher: Matcher) -> Callable[..., MatchResult]:
    """Return a function that matches a headline and, if given, the text below it."""
    return lambda title, text="": matcher.match(Document("x", title=title, text=text))


def _rules(result: MatchResult) -> set[str]:
    return {match.rule for match in result.matches}


def _holds(example: Example, result: MatchResult) -> bool:
    """Return whether the rule of an example hits, or its entity is mentioned."""
    if example.rule is not None:
        return example.rule in _rules(result)
    return example.entity in {one.entity for one in result.mentions}


def test_every_entity_that_was_ever_shipped_is_there(entities: dict[str, Entity]) -> None:
    assert len(ENTITIES) == 117
    assert [one for one in (*ENTITIES, *THEMES) if one not in entities] == []


def test_every_rule_that_was_ever_shipped_is_there(loaded: LoadedWatchlists) -> None:
    rules = {rule.id for watchlist in loaded.watchlists for rule in watchlist.rules}
    assert [one for one in RULES if one not in rules] == []


def test_every_entity_says_what_it_is_and_where_that_stands(entities: dict[str, Entity]) -> None:
    assert [one.id for one in entities.values() if not one.notes or not one.source] == []


def test_an_entity_that_can_never_be_mentioned_is_never_a_hit_by_itself(entities: dict[str, Entity]) -> None:
    assert [one.id for one in entities.values() if not one.aliases and one.alone] == []


def test_themes_never_alert_alone(entities: dict[str, Entity]) -> None:
    assert [one.id for one in entities.values() if one.kind == "theme" and one.alone] == []


def test_no_single_name_is_critical(entities: dict[str, Entity]) -> None:
    assert [one.id for one in entities.values() if one.severity is Severity.CRITICAL] == []


def test_every_rule_has_examples_of_both_sides(loaded: LoadedWatchlists) -> None:
    for holds in (True, False):
        shown = {example.rule for example in loaded.examples if example.holds is holds}
        assert {rule.id for watchlist in loaded.watchlists for rule in watchlist.rules} <= shown


def test_every_example_does_what_it_says(loaded: LoadedWatchlists, matcher: Matcher) -> None:
    wrong = [
        f"{Path(example.file).name}:{example.line} {example.rule or example.entity}: {example.text}"
        for example in loaded.examples
        if _holds(example, matcher.match(example.document)) is not example.holds
    ]
    assert wrong == []


def test_every_alias_without_context_is_found_by_itself(loaded: LoadedWatchlists, matcher: Matcher) -> None:
    missing = [
        f"{entity.id}: {alias.text}"
        for watchlist in loaded.watchlists
        for entity in watchlist.entities
        for alias in entity.aliases
        if not alias.context and not entity.context
        if entity.id not in {one.entity for one in matcher.match(Document("x", text=alias.text)).mentions}
    ]
    assert missing == []


def _marked() -> set[tuple[str, str]]:
    """Return the marks of false friends: id, and the list of examples in which it stands."""
    found = set()
    for file in FOLDER.glob("*.yaml"):
        key = ""
        for line in file.read_text().splitlines():
            if line.strip() in ("match:", "no_match:"):
                key = line.strip(" :")
            elif "# false friend: " in line:
                found.add((line.rpartition("# false friend: ")[2], key))
    return found


def test_every_false_friend_is_an_example_in_both_senses() -> None:
    assert len(FALSE_FRIENDS) == 54
    wanted = {(one, key) for one in FALSE_FRIENDS for key in ("match", "no_match")}
    assert wanted - _marked() == {(one, "no_match") for one in ONE_SENSE}


def test_the_check_of_watchlists_has_nothing_to_say(loaded: LoadedWatchlists, matcher: Matcher) -> None:
    findings = placed(lint(loaded.watchlists, loaded.examples, matcher), read_watchlists(FOLDER))
    assert [f"{one.file}:{one.line}: {one.what}" for one in findings if one.level is not Level.NOTE] == []


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("ttp", "New guide maps the TTPs of a Pakistan-linked group that used malware"),
        ("ttp", "TTP patients respond to caplacizumab in Pakistan"),
        ("is-k", "The trail costs ISK 12,000, says a Kabul-born guide"),
        ("is-k", "ISKCON temple opens; no risk, is k the letter?"),
        ("islamic-state", "Isis statue found in Egypt"),
        ("afghan-taliban", "American Taliban freed in Kabul, Indiana"),
        ("afghan-taliban", "طالبان الجامعة يحتجون في القاهرة"),
        ("jui-f", "JUI-S leader Hamidul Haq killed in Pakistan"),
        ("jui-f", "Jamaat-e-Islami and Jamiat Ulama-i-Hind hold rallies in Pakistan"),
        ("fazlur-rehman", "Maulana Fazlur Rehman Khalil freed in Pakistan"),
        ("fazlur-rehman", "Scholar Fazlur Rahman of the University of Chicago, born in Pakistan"),
        ("abu-obaidullah-mutawakil", "Wakil Ahmad Muttawakil meets envoy in Kabul"),
        ("asad-laghmani", "Qais al-Khazali, Kais Saied and the base of Ain al-Asad"),
        ("doctor-hussain", "Dr Hussain treats patients in Herat, Afghanistan"),
        ("surat-gul", "Saifullah of Qila Saifullah sells diamonds in Surat"),
        ("abu-omar-afridi", "Shaheen Afridi takes four wickets in Khyber"),
        ("khyber-district", "Khyber Pakhtunkhwa cabinet meets at the Khyber Pass"),
        ("khaar", "Hina Rabbani Khar met JUI-F leaders from Bajaur"),
        ("islamabad", "Islamabad United win at last"),
        ("moscow", "Students march in Moscow, Idaho"),
        ("iran-attack-2024", "Earthquake hits Kerman, five killed"),
        ("kabul", "کابل برق قطع شد"),
        ("khyber-pakhtunkhwa", "KPK arrests minister in Jakarta, Indonesia, over Pakistan deal"),
        ("fata", "FATF and the fata Morgana of reform"),
        ("dago", "Dago street in Bandung"),
        ("salafists", "Salafi preacher tried in Germany"),
    ],
)
def test_a_false_friend_is_not_the_entity(read: Callable[..., MatchResult], entity: str, text: str) -> None:
    assert entity not in {one.entity for one in read("", text).mentions}


CALM = """
PTI leader demands early elections in Islamabad|Police detained several workers.
Shaheen Afridi leads the attack as Pakistan beat New Zealand in Karachi|Four wickets fell to the blast of pace.
Peshawar Zalmi beat Islamabad United by six runs|A late strike made the difference.
Met office forecasts rain in Khyber Pakhtunkhwa and Balochistan|Flash floods may hit Swat and Dir.
IMF mission arrives in Islamabad|Finance minister defends tax targets.
JUI-F leader condemns killing of traders in Quetta|He demanded an inquiry.
JUI-F convention attacks government policy|Speakers blasted the budget.
Maulana Fazlur Rehman expresses grief over loss of lives in blast|The party chief prayed for the wounded.
Two policemen martyred in gun attack in Bannu|No group has claimed responsibility for the attack.
Separatists claim attack on train in Balochistan|The group said it held hostages.
Earthquake shakes Kabul, Peshawar and Islamabad|No loss of life was reported.
Iran and Russia sign gas deal in Moscow|Officials in Tehran hailed it.
Israel strikes hospital, dozens killed|Health officials said.
Islamic State attack on village kills 20 in Congo|The army is searching the forest.
Afghan refugees return through Torkham|Agencies urged Pakistan to slow the drive.
Taliban foreign minister visits Delhi|India will reopen its embassy in Kabul.
مولانا فضل الرحمان کی وزیراعظم سے ملاقات|دونوں رہنماؤں نے سیاسی صورتحال پر گفتگو کی
Президент России встретился с главой Ирана в Москве|Обсуждали газ.
زلزله خراسان رضوی را لرزاند|مشهد لرزید
""".strip().splitlines()


@pytest.mark.parametrize("item", CALM)
def test_general_news_wakes_nobody(read: Callable[..., MatchResult], item: str) -> None:
    title, _, text = item.partition("|")
    assert [one.why for one in read(title, text).matches if one.severity.rank >= Severity.HIGH.rank] == []


GRAVE = """
At least 44 killed in blast at political rally in Pakistan|It hit the Jamiat Ulema-i-Islam-Fazl party in Khar, Bajaur.
باجوڑ: جے یو آئی کے کنونشن میں دھماکا، 40 افراد جاں بحق|
انفجار در تجمع جمعیت علمای اسلام در باجور پاکستان دست‌کم ۴۰ کشته بر جای گذاشت|
په باجوړ کې چاودنه: د جمعیت علماء اسلام په غونډه کې لسګونه وژل شوي|
مقتل العشرات في تفجير انتحاري خلال تجمع لحزب جمعية علماء الإسلام في باجور|باكستان
При взрыве на митинге в Пакистане погибли 40 человек|Это был съезд партии «Джамиат Улема-и-Ислам» в Баджауре.
ISIS-K gunmen attack Sikh temple in Kabul, 25 killed|
Da’esh commander killed in Khairkhana raid, Taliban intelligence says|
Теракт в «Крокусе»: суд вынес приговор|
Suicide bomber kills Taliban minister in Kabul; ISKP claims responsibility|
""".strip().splitlines()


@pytest.mark.parametrize("item", GRAVE)
def test_grave_news_is_told_at_once_in_every_language(read: Callable[..., MatchResult], item: str) -> None:
    title, _, text = item.partition("|")
    assert read(title, text).matches[0].severity.rank >= Severity.HIGH.rank


def test_the_starter_configuration_reads_these_watchlists_and_tells_what_is_grave_at_once() -> None:
    settings = load_settings(ROOT / "deploy" / "monitor.yaml", {})
    assert settings.warnings == ()
    assert settings.watchlists.resolve() == FOLDER
    assert 20 <= len(settings.feeds) <= 30
    told = {severity: route for route in settings.route.routes for severity in route.match.severity}
    assert told[Severity.CRITICAL].group_wait.total_seconds() == 0
    assert told[Severity.HIGH] is told[Severity.CRITICAL]
    assert told[Severity.MEDIUM].group_wait.total_seconds() == 30 * 60
    assert settings.receivers[settings.route.receiver].channels == ()


def test_the_themes_stand_alone_so_that_all_other_lists_may_be_removed(tmp_path: Path) -> None:
    (tmp_path / "themes.yaml").write_bytes((FOLDER / "themes.yaml").read_bytes())
    read, lists = read_watchlists(tmp_path), load_watchlists(tmp_path)
    assert [one.id for one in lists.watchlists] == ["themes"]
    findings = placed(lint(lists.watchlists, lists.examples, compile_matcher(lists.watchlists, version="")), read)
    assert findings == []
