"""Make monitor/core/common_data.py: the ordinary words that no name is told by.

    apt-get download scowl && dpkg-deb -x scowl_*.deb /tmp/scowl
    pip download --no-deps stopwordsiso && unzip stopwordsiso-*.whl 'stopwordsiso/*' -d /tmp/stopwordsiso
    python tools/make_common_words.py /tmp/scowl/usr/share/dict/scowl /tmp/stopwordsiso/stopwordsiso

Sources:

- English: SCOWL 2020.12.07 by Kevin Atkinson, sizes 10 and 20 (its licence: permission to use, copy, modify, distribute
  and sell these word lists; Debian package scowl). Only what it writes small: its capitalised words are names.
- Function words of other languages: stopwordsiso 0.7.1 (MIT). Its Urdu is in a broken encoding and it has no Pashto.
- Urdu, Pashto, and the nouns and verbs of the news in all languages: written here.

The words are kept as they are written; common.py folds them as it does everything else.
"""

import base64
import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

TARGET = Path("monitor/core/common_data.py")

LINE = 110
"""Characters of the packed words in a line."""

SCOWL_FILES = ("english-words", "american-words", "british-words", "english-contractions")
SCOWL_SIZES = (10, 20)
"""Sizes whose words anyone knows, some 10,000; size 35 adds 25,000 such as `acolyte` and `zither`."""

NAMES = frozenset(
    "bob buck chuck colon doe don guinea jack leach nick pat phoenix ray saki smith sue tyre wade wren cs".split()
) | frozenset("россия россии москва москвы москве русский zealand france deutschland".split())
"""Written small in a source, but in the news a name of people or places, or a code."""

LETTERS = {
    "ar": "Arab",
    "fa": "Arab",
    "ru": "Cyrl",
    "hi": "Deva",
    "tr": "Latn",
    "fr": "Latn",
    "de": "Latn",
    "es": "Latn",
}
"""Languages of which the stop words are taken, and their script."""

SCRIPTS = {
    "Arab": re.compile(r"[\u0620-\u065f\u066e-\u06d3\u06fa-\u06ff]{2,}"),
    "Cyrl": re.compile(r"[а-яё]+"),
    "Deva": re.compile(r"[\u0900-\u0963]{2,}"),
    "Latn": re.compile(r"[a-zßàáâäçèéêëíîïñóôöùúûüğışœ]{2,}"),
}
"""What a word of a script looks like; the rest are numbers, marks, and words in a broken encoding. One letter in the
Latin or Arabic script is an initial more often than a word."""

URDU = """
اور کا کی کے کو سے میں پر نے ہے ہیں تھا تھی تھے ہو گا گی گے یہ وہ اس ان جو کہ بھی تو ہی نہ نہیں اگر مگر لیکن
یا پھر جب تب کب کیا کون کہاں کیوں کیسے کتنا کتنے کتنی ایک دو تین چار پانچ چھ سات آٹھ نو دس سو ہزار لاکھ کروڑ
بعد پہلے ساتھ لیے لئے تک طرف طرح اپنا اپنی اپنے ہم تم آپ میرا میری میرے ہمارا ہماری ہمارے تمہارا ان کا انہوں
انہیں اسے جس جن جسے جنہیں کسی کچھ کوئی سب بہت کم زیادہ تمام ہر دوسرے دوسرا دوسری کر کرنا کرنے کرتا کرتی کرتے
کریں کیے کیا گیا گئی گئے جا جانے جاتا جاتی جاتے رہا رہی رہے دیا دی دیے دینے لیا لی لینے آیا آئی آئے آنے ہوا
ہوئی ہوئے ہونے ہوتا ہوتی ہوتے سکتا سکتی سکتے چاہیے کہا کہنا بتایا مطابق دوران خلاف درمیان علاوہ باوجود ذریعے
وجہ بارے متعلق سمیت اب ابھی آج کل یہاں وہاں اندر باہر اوپر نیچے حکومت صدر وزیر اعظم وزیراعظم پولیس فوج عدالت
پارلیمنٹ اسمبلی انتخابات جماعت پارٹی رہنما ملک شہر گاؤں ضلع صوبہ علاقہ علاقے سرحد دھماکہ دھماکا حملہ حملے حملہ
آور ہلاک زخمی گرفتار جنگ امن فائرنگ بم خبر خبریں لوگ عوام افراد شخص خاتون خواتین مرد بچہ بچے سال سالوں مہینہ
ماہ ہفتہ دن رات صبح شام وقت گھر سڑک بازار مسجد مدرسہ سکول ہسپتال کام بات باتیں مسئلہ سوال جواب پانی آگ زمین
دنیا تاریخ ترجمان بیان اعلان اجلاس ادارہ ادارے قانون حق حقوق کتاب کھیل میچ ٹیم
"""

PASHTO = """
او د په کې کی ته له نه چې که دی ده دي وو وه وې شو شوه شوي شوې به یې يې مو هم خو نو یا يا دا دغه هغه هغو هغوی
هغې دې دوی موږ مونږ تاسو ته زه ما ستا زما زموږ ستاسو خپل خپله خپلو څه څوک چا کوم کومه کومې چیرته چېرته ولې
څنګه څومره یو يو یوه دوه درې څلور پنځه شپږ اووه اته نهه لس سل زر هر ټول ټوله ټولو ډېر ډیر لږ بل بله نور نورو
کوي کړي کړې کړل کړ کول کولو کېږي کیږي شي شول کېدل لري لرلو وي وایي ویل وویل وايي ویلي راغلی راغلل تللي ورکړ
ورکړل څخه سره لپاره باندې لاندې پورې وروسته مخکې پر تر منځ پرته اړه خلاف اوس نن پرون سبا دلته هلته بیا هیڅ هېڅ
بايد باید ښه بد لوی نوی نوې حکومت ولسمشر وزیر پولیس پوځ اردو محکمه پارلمان ټاکنې ګوند مشر هېواد هیواد ښار کلی
ولسوالۍ ولایت سیمه سیمې سرحد پوله چاودنه برید بریدونه وژل ووژل وژنه وژل شوي ټپي نیول جګړه سوله خبر خبرونه خلک
وګړي کس کسان ښځه ښځې سړی ماشوم ماشومان کال میاشت اونۍ ورځ شپه وخت کور لار بازار جومات مدرسه ښوونځی روغتون کار
خبره پوښتنه ځواب اوبه اور ځمکه نړۍ تاریخ ویاند غونډه قانون حق حقونه
"""

WORDS = {
    "fa": """
دولت حکومت رئیس جمهور رییس وزیر وزارت نخست پلیس ارتش نیرو نیروها نیروهای دادگاه مجلس پارلمان انتخابات حزب رهبر
کشور شهر روستا ولسوالی ولایت استان منطقه مرز انفجار حمله حملات کشته زخمی بازداشت جنگ صلح بمب خبر خبرها
خبرگزاری مردم نفر تن زن زنان مرد مردان کودک کودکان سال ماه هفته روز شب صبح ساعت وقت خانه راه بازار مسجد مدرسه
مکتب بیمارستان شفاخانه کار سخن سوال پاسخ آب آتش زمین جهان تاریخ سخنگو بیانیه اعلام نشست قانون حقوق کتاب بازی
تیم برق تلفن دفتر مسئول مسئولیت سازمان گروه اعضا عضو
""",
    "ar": """
حكومة رئيس وزير وزراء وزارة شرطة جيش قوات محكمة برلمان مجلس انتخابات حزب زعيم قائد دولة دول بلد بلاد مدينة
قرية محافظة منطقة حدود انفجار هجوم هجمات قتل قتيل قتلى جريح جرحى اعتقال حرب سلام قنبلة خبر أخبار وكالة ناس شعب
شخص أشخاص رجل رجال امرأة نساء طفل أطفال عام سنة شهر أسبوع يوم ليلة صباح ساعة وقت بيت طريق سوق مسجد مدرسة
مستشفى عمل كلام سؤال جواب ماء نار أرض عالم تاريخ متحدث بيان إعلان اجتماع قانون حق حقوق كتاب لعبة فريق مكتب
مسؤول منظمة جماعة أعضاء عضو قاعدة جديد جديدة كبير كبيرة دولي دولية
""",
    "ru": """
правительство президент министр министерство премьер полиция армия войска суд парламент выборы партия лидер
глава страна государство город село деревня район область провинция граница взрыв атака нападение теракт убит
убиты ранен ранены погибли арест задержан мир бомба новость новости агентство люди человек мужчина женщина
ребёнок дети год месяц неделя день ночь утро час время дом дорога рынок мечеть школа больница работа слово
вопрос ответ вода огонь земля история заявление встреча закон право книга игра команда группа организация сила
силы власть власти боевики стали часть риск
""",
    "hi": """
सरकार राष्ट्रपति मंत्री प्रधानमंत्री पुलिस सेना अदालत संसद चुनाव पार्टी दल नेता देश राज्य शहर गांव गाँव जिला
क्षेत्र इलाका सीमा धमाका विस्फोट हमला हमले मौत मारे घायल गिरफ्तार युद्ध शांति बम खबर समाचार लोग जनता व्यक्ति
महिला पुरुष बच्चा बच्चे साल महीना हफ्ता दिन रात सुबह शाम समय घर सड़क बाजार मस्जिद मंदिर स्कूल अस्पताल काम बात
सवाल जवाब पानी आग जमीन दुनिया इतिहास प्रवक्ता बयान बैठक कानून अधिकार किताब खेल टीम नया नई नए बड़ा बड़ी बड़े
पहला पहली एक दो तीन चार पांच छह सात आठ नौ दस
""",
    "tr": """
hükümet cumhurbaşkanı başkan bakan bakanlık polis ordu asker mahkeme meclis parlamento seçim seçimler parti
lider ülke devlet şehir köy ilçe il bölge sınır patlama saldırı saldırılar öldü öldürüldü yaralı gözaltı
tutuklama savaş barış bomba haber haberler insan insanlar halk kişi kadın erkek çocuk yıl ay hafta gün gece
sabah saat zaman ev yol pazar cami okul hastane iş söz soru cevap su ateş toprak dünya tarih sözcü açıklama
toplantı yasa hak kitap oyun takım örgüt grup güç yeni büyük küçük var yok dedi
""",
    "fr": """
gouvernement président ministre ministère police armée tribunal parlement assemblée élection élections parti
chef pays état ville village quartier région province frontière explosion attaque attaques attentat mort morts
tué tués blessé blessés arrestation guerre paix bombe nouvelle nouvelles agence gens peuple personne personnes
homme hommes femme femmes enfant enfants année mois semaine jour nuit matin heure temps maison route marché
mosquée école hôpital travail parole question réponse eau feu terre monde histoire communiqué réunion loi
droit droits livre jeu équipe organisation groupe force forces nouveau nouvelle grand grande
""",
    "de": """
regierung präsident präsidentin minister ministerium polizei armee soldaten gericht parlament bundestag wahl
wahlen partei führer land staat stadt dorf bezirk region provinz grenze explosion angriff angriffe anschlag
tote getötet verletzte verhaftet festnahme krieg frieden bombe nachricht nachrichten agentur leute volk person
personen mann männer frau frauen kind kinder jahr jahre monat woche tag nacht morgen stunde zeit haus straße
markt moschee schule krankenhaus arbeit wort frage antwort wasser feuer erde welt geschichte sprecher
erklärung treffen gesetz recht rechte buch spiel mannschaft organisation gruppe kraft neu groß pech glück
""",
    "es": """
gobierno presidente ministro ministerio policía ejército tribunal parlamento congreso elección elecciones
partido líder jefe país estado ciudad pueblo barrio región provincia frontera explosión ataque ataques
atentado muerto muertos herido heridos detenido guerra paz bomba noticia noticias agencia gente persona
personas hombre hombres mujer mujeres niño niños año mes semana día noche mañana hora tiempo casa calle
carretera mercado mezquita escuela hospital trabajo palabra pregunta respuesta agua fuego tierra mundo
historia portavoz comunicado reunión ley derecho derechos libro juego equipo organización grupo fuerza nuevo
nueva grande
""",
}
"""The nouns, and a few verbs, of news and talk in general."""


def english(scowl: Path) -> Iterator[str]:
    """Yield the English words: written small, and no possessives, which the matcher knows by itself."""
    for name in SCOWL_FILES:
        for size in SCOWL_SIZES:
            file = scowl / f"{name}.{size}"
            if file.exists():
                for word in file.read_text("latin-1").split():
                    if word == word.lower() and not word.endswith("'s"):
                        yield word


def others(stopwords: Path) -> Iterator[str]:
    """Yield the words of the other languages."""
    listed = json.loads((stopwords / "stopwords-iso.json").read_text("utf-8"))
    for language, script in LETTERS.items():
        for word in listed[language]:
            if SCRIPTS[script].fullmatch(word):
                yield word
    for language, text in {"ur": URDU, "ps": PASHTO, **WORDS}.items():
        for word in text.split():
            yield word
            if language == "ar":
                yield f"ال{word}"


def main(scowl: Path, stopwords: Path) -> None:
    """Write the module."""
    words = sorted({*english(scowl), *others(stopwords)} - NAMES)
    packed = base64.b85encode(zlib.compress("\n".join(words).encode(), 9)).decode()
    lines = "\n".join(f'    "{packed[at : at + LINE]}"' for at in range(0, len(packed), LINE))
    TARGET.write_text(
        '"""Ordinary words, packed; made by tools/make_common_words.py, which names the sources. Do not edit."""\n\n'
        f"COUNT = {len(words)}\n\nPACKED = (\n{lines}\n)\n"
        '"""The words, one a line, in UTF-8: zlib, then base85."""\n',
        encoding="utf-8",
    )
    sys.stdout.write(json.dumps({"words": len(words), "bytes": len(packed)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
