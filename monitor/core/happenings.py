"""What kind of thing a report tells of, and how many it killed and hurt: words that mean the same in many languages.

A headline in Urdu and one in English share no word, but both say "suicide", "blast" and "54 dead". The lists are of
folded beginnings of words, so that one line stands for attack, attacked and attackers; an exact word ends with "$".
They are ours, from reading news in these languages; a word that is missing makes two reports less alike, no more.
"""

from functools import cache, lru_cache

from monitor.core.glossary import Glossary
from monitor.core.text import fold_all

_WORDS = {
    "kill": """
        kill dead$ death deaths die$ dies died slain slay murder martyr fatal lives$ lifeless perish casualt
        massacre ہلاک شہید جاں جاںبحق قتل اموات مارے کشته جان‌باخت جانباخت کشتند شهید کشتار تلفات وژل مړه مړ
        شهیدان مقتل قتلى ضحايا استشهد قتيل погиб убит смерт жертв жизни$ уби загиб вбит मारे मौत हत्या शहीद
        getot tote tot$ tötet ums$ mort morts tué tuer
    """,
    "hurt": """
        injur wound hurt maim زخمی مجروح مصدوم ټپي ټپیان زخمیان جرحى جريح إصابة اصيب أصيب ранен пострада поранен
        घायल जख्मी verletz bless
    """,
    "blast": """
        blast explo bomb ied$ ieds$ grenade landmine detonat دھماک دھماکا بم بارود انفجار منفجر بمب چاودن چاودنه
        تفجير عبوة قنبلة قنبل взрыв бомб подрыв самодельн вибух धमाक विस्फोट बम anschlag bombe explos attentat
    """,
    "suicide": """
        suicide fidayee خودکش خودکشی انتحار انتحاری ځانمرګ انتحاري смертник самоубий самогуб आत्मघाती selbstmord
        kamikaze
    """,
    "shoot": """
        shoot shot$ shots shooting gunned gunm gunfire firing$ fired sniper فائرنگ گولی شلیک تیراندازی تیربار ډز
        ډزې اطلاق رصاص نار مسلحون стрел расстрел обстрел стріл गोली फायरिंग schuss schütz erschoss fusillade
    """,
    "attack": """
        attack assault storm$ stormed strike$ strikes ambush raid$ raided target حملہ حملے حمله یورش برید
        بریدونه هجوم هجمات اعتداء نапад напад атак нападен теракт हमला हमले angriff angegriff attaqu
    """,
    "drone": """
        drone airstrike airstrikes uav$ quadcopter missile rocket shell shelling bombard ڈرون فضائی بمباری پهپاد
        هوایی راکت موشک الوتک غارة غارات مسيرة صاروخ دрон дрон беспилот ракет авиаудар ड्रोन drohne luftangriff
        frappe
    """,
    "raid": """
        operation intelligence-based ibo$ raided raid busted neutralis neutraliz eliminat آپریشن کارروائی عملیات
        چاڼیز عملیاتو عملية مداهمة مداهم операц ликвид спецопера अभियान einsatz
    """,
    "arrest": """
        arrest detain nab$ nabbed captur held$ custody apprehend گرفتار بازداشت دستگیر نیول نیولي اعتقال اعتقل
        القبض توقيف арест задерж заарешт затрим गिरफ्तार verhaft festgenommen festnahme arrêt
    """,
    "court": """
        court trial sentenc convict verdict jail judge prosecut indict charged plead guilty عدالت سزا مقدم
        دادگاه محکوم محاکم محکمه محكمة حكم سجن إدانة суд приговор осужд обвин вирок अदालत सजा gericht urteil
        prozess tribunal condamn procès
    """,
    "claim": """
        claim responsib ذمہ ذمہداری قبول مسئولیت پذیرفت برعهده پړ غاړه تبنت تتبنى مسؤولية ответственност взял
        взяла відповідальн जिम्मेदारी bekannt revendiqu
    """,
    "abduct": """
        abduct kidnap hostage missing ransom اغوا یرغمال ربود آدم‌ربایی گروگان تښتو اختطاف رهائن خطف похи
        заложник викрад अपहरण entführ enlèvement otage
    """,
    "protest": """
        protest sit-in demonstrat march$ marched rally$ rallies احتجاج دھرنا مظاہر اعتراض تظاهرات مظاهره لاریون
        مظاهر протест митинг प्रदर्शन demonstr manifest
    """,
    "vote": """
        elect vote$ votes voting ballot poll$ polls polling candidate انتخاب ووٹ رای انتخابات ټاکن تصويت выбор
        голосов вибор चुनाव मतदान wahl vote élection
    """,
    "talks": """
        talk$ talks negotiat meet$ met$ meeting summit delegation envoy ceasefire truce مذاکرات ملاقات گفتگو
        گفت‌وگو دیدار خبرې لیدنه محادثات مفاوضات لقاء هدنة переговор встреч перемир зустріч вार्ता gespräch
        verhandl pourparlers
    """,
    "flood": """
        flood monsoon rain$ rains landslide cloudburst سیلاب بارش سیل باران سېلاب فيضان سيول наводнен паводок
        повін बाढ़ बारिश hochwasser flut inondation
    """,
    "quake": """
        quake earthquake tremor seism magnitude زلزل زلزلہ زلزله زلزال землетряс земletrus землетрус भूकंप
        erdbeben séisme
    """,
    "crash": """
        crash collid collision derail overturn plunge accident capsiz sank$ حادث ٹکر الٹ تصادف تصادم واژگون ټکر
        پېښه انقلب авари столкнов круш ДТП аварі दुर्घटना unfall absturz
    """,
    "statement": """
        said$ says statement condemn warn urge vow accuse deny denies reject messag audio video speech sermon
        مذمت بیان اعلامیہ محکوم هشدار اعلامیه بیانیه غندل خبرداری دان إدانة بيان حذر осуд заяв предупре засуд
        निंदा verurteil condamn déclar
    """,
    "clash": """
        clash gunbattle firefight skirmish battle fight$ fighting troop جھڑپ تصادم درگیری نبرد جنگ جګړه نښته
        اشتباك اشتباكات معارك столкнов бой$ боях зіткнен मुठभेड़ gefecht kämpf combat affront
    """,
}
"""For each kind the beginnings of its words in English, Urdu, Persian, Pashto, Arabic, Russian, Ukrainian, Hindi,
German and French."""


_kinds = Glossary(_WORDS)


@lru_cache(maxsize=65_536)
def kind_of_word(word: str) -> str | None:
    """Return the kind of happening that a folded word names, or None."""
    return _kinds.meaning(word)


_NUMBERS = """
    one two three four five six seven eight nine ten eleven
    twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty |
    ایک دو تین چار پانچ چھ سات آٹھ نو دس گیارہ
    بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس بیس |
    یک دو سه چهار پنج شش هفت هشت نه ده یازده
    دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده بیست |
    یو دوه درې څلور پنځه شپږ اووه اته نهه لس یوولس
    دولس دیارلس څوارلس پنځلس شپاړس اوولس اتلس نولس شل |
    واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة -
    - - - - - - - - عشرون |
    один два три четыре пять шесть семь восемь девять десять одиннадцать
    двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать |
    один два три чотири п'ять шість сім вісім дев'ять десять одинадцять
    дванадцять тринадцять чотирнадцять п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять двадцять |
    - двое трое четверо пятеро шестеро семеро восемь девять десять -
    - - - - - - - - двадцати |
    एक दो तीन चार पांच छह सात आठ नौ दस ग्यारह
    बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस |
    eins zwei drei vier fünf sechs sieben acht neun zehn elf
    zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig |
    - deux trois quatre cinq six sept huit neuf dix onze
    douze treize quatorze quinze seize - - - vingt
"""
"""The numbers from one to twenty, a language to a bar; "-" for one that has several words or is no number elsewhere."""

_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
"""Alone and, as "fifty-four" is folded, with the digit behind it."""


@cache
def _numbers() -> dict[str, int]:
    """Return numbers by folded word."""
    found: dict[str, int] = {}
    for language in _NUMBERS.split("|"):
        for number, word in enumerate(fold_all(language.split()), 1):
            if word:
                found.setdefault(word, number)
    digits = list(found)[:9]
    for tens, word in enumerate(_TENS.split(), 2):
        found |= {word: 10 * tens, **{word + digit: 10 * tens + number for number, digit in enumerate(digits, 1)}}
    return found


def number_of_word(word: str) -> int | None:
    """Return the number from 1 to 20 that a folded word names, or None."""
    return _numbers().get(word)
