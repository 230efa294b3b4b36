"""Places and the countries they lie in: "Rally in Pakistan" and "Blast in Bajaur" may be one, "Blast in Kabul" is not.

Countries with the names of what lies in them, in Latin and, where their consonants differ, other letters: those that
news of the regions watched names most. They are ours, far from complete; a place that is missing tells nothing.
"""

import re
from collections.abc import Mapping
from functools import cache

from monitor.core.glossary import without_article
from monitor.core.sounds_alike import rough_key
from monitor.core.text import fold_all

_LANDS = {
    "pk": """
        pakistan pakistani pakistanis pakistans islamabad balochistan baluchistan punjab sindh pakhtunkhwa
        kashmir jaffar ispr پاکستان پاکستانی باكستان пакистан पाकिस्तान بلوچستان سندھ پنجاب پختونخوا اسلام‌آباد
        बलूचिस्तान | rawalpindi/راولپنڈی lahore/لاہور/لاهور karachi/کراچی/كراتشي/карачи/कराची
        peshawar/پشاور/پېښور/پیشاور/بيشاور/пешавар/पेशावर quetta/کوئٹہ/کویته/كويتا/кветта/क्वेटा multan/ملتان
        faisalabad sialkot/سیالکوٹ hyderabad sukkur/سکھر gwadar/گوادر turbat/تربت panjgur/پنجگور khuzdar/خضدار
        kalat/قلات mastung/مستونگ noshki/nushki/نوشکی chaman/چمن zhob/ژوب loralai/لورالائی
        musakhail/musakhel/موسیٰ ziarat/زیارت sibi/سبی bolan/بولان kech/کیچ awaran/آواران
        lasbela/bela/بیلہ/لسبیلہ dalbandin chagai/چاغی taftan/تفتان khyber/خیبر/خيبر
        bajaur/bajour/باجوڑ/باجور/باجوړ/баджаур/बाजौर mohmand/مہمند orakzai/اورکزئی
        kurram/parachinar/کرم/پاڑہ‌چنار waziristan/وزیرستان/وزيرستان/вазиристан/वजीरिस्तान miranshah/میرانشاہ
        mirali wana/وانا tank/ٹانک bannu/بنوں/بنو/बन्नू lakki/لکی/لکي kohat/کوہاٹ hangu/ہنگو karak/کرک
        nowshera/نوشہرہ mardan/مردان swabi/صوابی charsadda/چارسدہ swat/mingora/سوات dir/دیر buner/بونیر
        shangla/شانگلہ malakand/مالاکنڈ chitral/چترال mansehra/مانسہرہ abbottabad/ایبٹ kohistan/کوہستان
        dera/daraban/ڈیرہ/ډېره gilgit/گلگت muzaffarabad/مظفرآباد pishin/پشین saifullah/سیف harnai/ہرنائی barkhan
        sargodha bahawalpur gujranwala sahiwal attock taxila murree nawabshah larkana jacobabad shikarpur
        kashmore thar badin
    """,
    "af": """
        afghanistan afghan afghans taliban hibatullah akhundzada افغانستان افغان طالبان أفغانستان афганистан
        талибан талибы अफगानिस्तान तालिबान | kabul/کابل/كابل/кабул/काबुल kandahar/کندهار/قندهار/кандагар
        herat/هرات/герат kunduz/کندز/قندوز/кундуз balkh/بلخ jalalabad/جلال‌آباد/جلال‌اباد
        nangarhar/ننگرهار/нангархар kunar/کنړ/کنر/кунар khost/خوست/хост paktia/پکتیا
        paktika/پکتیکا/بكتيكا/пактика ghazni/غزنی/غزني logar/لوګر/لوگر wardak/وردک parwan/پروان
        panjshir/پنجشیر/панджшер baghlan/بغلان/баглан takhar/تخار/тахар badakhshan/بدخشان/бадахшан faryab/فاریاب
        jawzjan/جوزجان badghis/بادغیس ghor/غور helmand/هلمند/гильменд farah/فراه nimroz/نیمروز zabul/زابل
        uruzgan/ارزگان bamiyan/بامیان/бамиан daikundi laghman/لغمان nuristan/نورستان kapisa/کاپیسا
        samangan/سمنګان torkham/تورخم
    """,
    "ir": """
        iran iranian tehran ایران إيران تهران طهران иран тегеран ईरान तेहरान | isfahan/اصفهان/исфахан
        mashhad/مشهد shiraz/شیراز tabriz/تبریز kerman/کرمان/كرمان/керман zahedan/زاهدان/захедан chabahar/چابهار
        saravan/سراوان rask/راسک kermanshah/کرمانشاه ahvaz/اهواز khuzestan/خوزستان qom/قم sanandaj/سنندج
        natanz/نطنز fordow/فردو sistan/سیستان
    """,
    "ru": """
        russia russian russians russland russie kremlin putin fsb روسیه روسيا روس россия российск путин रूस |
        moscow/moskau/moscou/krasnogorsk/crocus/москва/مسکو/موسكو/крокус/मास्को petersburg/петербург
        rostov/ростов dagestan/makhachkala/derbent/дагестан/махачкала chechnya/grozny/чечня/грозный
        ingushetia/ингушетия kazan/казань belgorod/белгород kursk/курск bryansk/брянск volgograd/волгоград
        samara/самара krasnodar/краснодар saratov/саратов vladivostok novosibirsk/новосибирск sevastopol
        crimea/крым/القرم
    """,
    "tj": """
        tajikistan tajik rahmon таджикистан تاجیکستان طاجيكستان | dushanbe/душанбе/دوشنبه khujand/худжанд rasht
        gorno khatlon/хатлон kulob/куляб vahdat isfara/исфара
    """,
    "uz": """
        uzbekistan uzbek узбекистан ازبکستان أوزبكستان | tashkent/ташкент samarkand/самарканд bukhara/бухара
        fergana/фергана termez/термез nukus/нукус
    """,
    "kg": """
        kyrgyzstan kyrgyz kirgisistan киргизия кыргызстан قرقیزستان | bishkek/бишкек osh/ош batken/баткен jalal
    """,
    "kz": """
        kazakhstan kazakh казахстан قزاقستان | almaty/алматы astana/астана aktau/актау shymkent/шымкент
        aktobe/актобе
    """,
    "tm": "turkmenistan turkmen туркмения туркменистан ترکمنستان | ashgabat/ашхабад",
    "in": """
        india indian delhi modi بھارت بھارتی هند ہندوستان الهند индия भारत दिल्ली | mumbai/मुंबई
        srinagar/श्रीनगर pahalgam/पहलगाम/پہلگام pulwama/पुलवामा jammu/जम्मू gujarat/गुजरात assam/असम
        manipur/मणिपुर kolkata/कोलकाता bengal/बंगाल chhattisgarh/छत्तीसगढ़ bastar/बस्तर bihar/बिहार kerala/केरल
        bengaluru/बेंगलुरु chennai/चेन्नई odisha/ओडिशा ahmedabad/अहमदाबाद amritsar
    """,
    "sy": """
        syria syrian syrie syrien سوريا سوریه سورية сирия सीरिया | damascus/damas/damaskus/دمشق/дамаск
        aleppo/alep/حلب/алеппо homs/حمص/хомс hama/حماة/хама idlib/إدلب/идлиб latakia/اللاذقية/латакия
        tartus/tartous/طرطوس raqqa/الرقة hasakah/الحسكة manbij/manbidsch/منبج daraa/درعا
        suwayda/sweida/السويداء/сувейда palmyra/تدمر quneitra/القنيطرة kobani/كوباني afrin/عفرين
    """,
    "iq": """
        iraq iraqi irak العراق عراق ирак | baghdad/bagdad/بغداد/багдад mosul/الموصل basra/البصرة kirkuk/كركوك
        erbil/أربيل anbar/الأنبار fallujah sinjar/سنجار sulaymaniyah diyala
    """,
    "tr": """
        turkey turkish turkiye türkei turquie erdogan ترکیه تركيا турция तुर्की | ankara/أنقرة/анкара
        istanbul/إسطنبول/اسطنبول/стамбул diyarbakir izmir/إزمير gaziantep adana hatay
    """,
    "il": """
        israel israeli netanyahu إسرائيل اسرائیل израиль इजराइल | gaza/غزة/غزه/газа jerusalem/القدس rafah/رفح
        aviv haifa/حيفا jenin/جنين hebron nablus/نابلس
    """,
    "lb": """
        lebanon lebanese hezbollah liban libanon لبنان ливан | beirut/بيروت/бейрут tripoli/طرابلس tyre/صور
        sidon/صيدا baalbek/بعلبك
    """,
    "ye": """
        yemen yemeni houthi houthis اليمن یمن حوثی الحوثي йемен хуситы | sanaa/صنعاء/сана aden/عدن
        hodeidah/الحديدة marib/مأرب taiz/تعز shabwa/شبوة abyan/أبين
    """,
    "so": """
        somalia somali shabaab shabab الصومال صومال сомали सोमालिया |
        mogadishu/mogadiscio/mogadischu/مقديشو/могадишо puntland/بونتلاند bosaso/بوصاصو kismayo/كيسمايو
        beledweyne/بلدوين jubaland hargeisa/هرجيسا garowe galkayo hiran/هيران shabelle/شبيلي baidoa/بيدوا
        galmudug lido/ليدو
    """,
    "ke": "kenya kenyan كينيا кения | nairobi/نيروبي mombasa garissa mandera lamu wajir turkana",
    "et": "ethiopia ethiopian إثيوبيا эфиопия | addis tigray/تيغراي amhara/أمهرة oromia gambella",
    "sd": """
        sudan sudanese السودان судан सूडान soudan | khartoum/الخرطوم/хартум darfur/دارفور fasher/الفاشر
        omdurman/أمدرمان kordofan/كردفان nyala/نيالا zamzam/زمزم
    """,
    "ml": """
        mali malian malis jnim مالي мали | bamako/باماكو/бамако gao/غاو timbuktu/tombouctou/تمبكتو kidal/كيدال
        mopti segou kayes menaka sikasso tinzaouaten bandiagara
    """,
    "bf": """
        burkina faso burkinabe بوركينا буркина | ouagadougou/واغادوغو djibo barsalogho dori kaya diapaga
    """,
    "ne": """
        niger nigerien nigeriens النيجر нигер | niamey/نيامي tillaberi diffa agadez tahoua banibangou dosso
    """,
    "ng": """
        nigeria nigerian boko haram iswap نيجيريا нигерия नाइजीरिया | abuja lagos maiduguri borno yobe adamawa
        kaduna zamfara sokoto katsina plateau benue kano jos damboa kwara gwoza
    """,
    "td": "chad chadian tchad تشاد чад | ndjamena",
    "cm": "cameroon cameroonian cameroun الكاميرون камерун | yaounde maroua douala bamenda",
    "cd": "congo congolese adf الكونغو конго | kinshasa goma kivu beni ituri bukavu bunia komanda",
    "mz": "mozambique mozambican موزمبيق мозамбик | maputo delgado palma mocimboa macomia pemba",
    "ly": """
        libya libyan libye libyen ليبيا ливия | tripoli/طرابلس benghazi/بنغازي misrata/مصراتة derna/درنة
        sirte/سرت
    """,
    "eg": """
        egypt egyptian مصر египет | cairo/القاهرة/каир sinai/سيناء alexandria/الإسكندرية giza/الجيزة
        arish/العريش
    """,
    "ph": """
        philippines philippine filipino الفلبين филиппины फिलीपींस | manila/مانيلا mindanao/مينداناو
        marawi/ماراوي/марави cotabato maguindanao basilan jolo sulu zamboanga davao lanao cebu
    """,
    "id": """
        indonesia indonesian إندونيسيا индонезия | jakarta sulawesi poso makassar papua aceh surabaya
    """,
    "bd": """
        bangladesh bangladeshi rohingya بنگلہ بنغلاديش бангладеш बांग्लादेश | dhaka/ढाका chittagong
    """,
    "mm": "myanmar burmese ميانمار мьянма म्यांमार | rakhine yangon mandalay sagaing naypyidaw",
    "lk": "lanka lankan srilanka श्रीलंका | colombo batticaloa",
    "cn": """
        china chinese چین الصين китай चीन | beijing/пекин/بكين xinjiang/синьцзян shanghai urumqi tibet
    """,
    "ua": """
        ukraine ukrainian zelensky zelenskyy اوکراین أوكرانيا украина यूक्रेन | kyiv/kiev/киев/كييف
        kharkiv/харьков kherson/херсон odesa/odessa/одесса donetsk/донецк luhansk/луганск dnipro/днепр
        zaporizhzhia/запорожье lviv/львов sumy/сумы
    """,
    "us": """
        america american americans usa trump biden pentagon آمریکا امریکا امریکہ أميركا أمريكا сша америка
        अमेरिका | washington/واشنطن texas california orleans florida
    """,
    "gb": """
        britain british uk england scotland بریتانیا برطانیہ بريطانيا британия ब्रिटेन | london/لندن/лондон
        manchester southport liverpool
    """,
    "fr": """
        france french francais فرانسه فرنسا франция फ्रांस | paris/باريس/париж marseille lyon strasbourg
        mulhouse
    """,
    "de": """
        germany german deutschland deutsch آلمان جرمنی ألمانيا германия जर्मनी | berlin/برلين/берлин
        munich/münchen solingen magdeburg hamburg mannheim
    """,
    "au": """
        australia australian australien australie آسٹریلیا استرالیا أستراليا австралия ऑस्ट्रेलिया | sydney
        melbourne bondi
    """,
    "nz": "zealand نیوزی | auckland christchurch wellington",
    "za": "african proteas afrique | johannesburg pretoria durban",
    "jp": "japan japanese japon ژاپن جاپان اليابان япония जापान | tokyo osaka",
    "kr": "korea korean کوریا کره كوريا корея | seoul pyongyang",
    "it": "italy italian italien italie ایتالیا إيطاليا италия | rome milan lampedusa",
    "es": "spain spanish spanien espagne اسپانیا إسبانيا испания | madrid barcelona valencia",
    "sa": """
        saudi سعودی السعودية عربستان саудовская | riyadh/الرياض/ریاض jeddah mecca/makkah/مكة/مکہ medina
    """,
    "ae": "emirates emirati uae امارات الإمارات оаэ | dubai/دبي/دبئی sharjah",
    "qa": "qatar qatari قطر катар | doha/الدوحة/دوحہ/دوحه/доха",
    "jo": "jordan jordanian الأردن اردن иордания | amman/عمان",
    "az": "azerbaijan azerbaijani آذربایجان أذربيجان азербайджан | baku/باکو/баку karabakh",
    "am": "armenia armenian ارمنستان أرمينيا армения | yerevan/ереван",
    "ge": "georgian tbilisi грузия گرجستان جورجيا | batumi",
    "by": "belarus belarusian белоруссия беларусь | minsk/минск",
    "pl": "poland polish polen pologne польша لهستان | warsaw",
    "np": "nepal nepali نیپال نپال نيبال непал नेपाल | kathmandu/काठमांडू pokhara",
    "dz": "algeria algerian الجزائر алжир algerie | algiers kabylie",
    "tn": "tunisia tunisian تونس тунис tunisie | tunis sfax",
    "ma": "morocco moroccan المغرب марокко maroc | rabat casablanca marrakesh",
    "bj": "benin beninese بنين бенин | cotonou alibori",
    "tg": "togo togolese توغو | lome kpendjal",
    "ci": "ivoire ivorian ivory | abidjan",
    "sn": "senegal senegalese السنغال | dakar",
    "mr": "mauritania mauritanian موريتانيا | nouakchott",
    "ug": "uganda ugandan أوغندا уганда | kampala kasese mpondwe",
    "rw": "rwanda rwandan رواندا руанда | kigali",
    "cf": "centrafrique centrafricaine | bangui",
    "ss": "juba malakal",
    "er": "eritrea eritrean إريتريا | asmara",
    "th": "thailand thai تايلاند таиланд | bangkok pattani yala narathiwat",
    "my": "malaysia malaysian ماليزيا малайзия | sabah",
    "mv": "maldives maldivian",
}
"""By country: what names it as a whole, and behind the bar the places in it, each with its other spellings."""

_STAGE = """
    pakistan pakistani pakistanis afghanistan afghan afghans taliban talib islamic islamist islamabad kabul
    syria syrian syrien syrie somalia somali mali malian niger nigeria nigerian burkina faso philippines
    philippine iran iranian tehran russia russian russland russie moscow kremlin ukraine ukrainian india
    indian delhi israel israeli gaza turkey turkish turkiye china chinese beijing america american americans
    usa trump washington german germany france french paris london british britain kyrgyz kyrgyzstan tajik
    tajikistan uzbek uzbekistan tashkent turkmen kazakh kazakhstan baloch balochistan pakhtunkhwa punjab
    sindh qaeda daesh isis isil isk iskp ttp bla state emirate united nations security council europe
    european africa african iraq iraqi saudi qatar doha north south east west northwest southwest ispr
    reuters afp associated press dawn ctd fc un idf fsb army navy police officials lt col captain major
    general president minister prime bbc cnn january february march april may june july august september
    october november december پاکستان پاکستانی افغانستان افغان طالبان اسلامی ایران ایرانی روسیه روسی آمریکا
    امریکا امریکہ هند چین سوریه سوريا الصومال صومال مالي مالی اوکراین داعش القاعده بلوچستان پنجاب سندھ
    خیبرپختونخوا پښتونخوا دولت الدولة الإسلامية الإسلام اسرائیل إسرائيل تهران کابل مسکو موسكو روسيا باكستان
    أفغانستان إيران الهند ترامب пакистан пакистане афганистан афганистане талибан талибы талибов иран сирия
    сирии сомали россия россии рф москва москве сша украина украине индия китай игил таджикистан
    таджикистана узбекистан киргизия киргизии кыргызстан казахстан нигерия мали буркина фасо पाकिस्तान
    अफगानिस्तान तालिबान ईरान रूस भारत चीन अमेरिका सीरिया बलूचिस्तान
"""
"""Names that set the stage of many reports and tell none from another: countries, capitals, armies and groups,
agencies, ranks, quarters of the compass and months."""


@cache
def _stage() -> frozenset[str]:
    """Return the rough keys of such names, and folded those that have none."""
    return frozenset(rough_key(word) or word for word in fold_all(_STAGE.split()))


def sets_the_stage(key: str) -> bool:
    """Return whether a rough key, or a name that has none, tells no report from another."""
    return key in _stage()


MIN_KEY = 4
"""Consonants of a rough key by which a place is known; shorter ones are those of other words, too."""


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Return countries and places by folded name, and by the rough keys of names in which enough is heard."""
    lands: dict[str, str] = {}
    places: dict[str, str] = {}
    for land, names in _LANDS.items():
        whole, _, inside = names.partition("|")
        groups = [*([name] for name in whole.split()), *(place.split("/") for place in inside.split())]
        for number, group in enumerate(groups):
            for word in fold_all(group):
                for known in (word, rough_key(word)):
                    if known == word or len(known) >= MIN_KEY:
                        lands.setdefault(known, land)
                        if number >= len(whole.split()):
                            places.setdefault(known, group[0])
    return lands, places


def land_of(word: str, *, by_sound: bool) -> str | None:
    """Return the country that a folded word names or lies in, or None; by_sound: also in another spelling."""
    return _look_up(word, _tables()[0], by_sound=by_sound)


def place_of(word: str, *, by_sound: bool) -> str | None:
    """Return the place within a country that a folded word names, or None; by_sound: also in another spelling."""
    return _look_up(word, _tables()[1], by_sound=by_sound)


_PREFIXES = ("ب", "ل", "و", "ف")
"""Arabic "in", "to" and "and", which are written as one word with a name: بدمشق, in Damascus."""


_CYRILLIC = re.compile("[а-я]")
MIN_STEM = 4
"""Letters that a Russian case ending leaves at least: Ираке, Баджауром."""


def _look_up(word: str, table: Mapping[str, str], *, by_sound: bool) -> str | None:
    """Return what a table has for a folded word: as it is, without what Arabic and Russian add, or by its rough key."""
    found = table.get(word) or table.get(without_article(word))
    if found is None and word.startswith(_PREFIXES) and len(word) > MIN_KEY:
        found = table.get(word[1:])
    if found is None and _CYRILLIC.match(word):
        found = next((table[cut] for cut in (word[:-1], word[:-2]) if len(cut) >= MIN_STEM and cut in table), None)
    return found or (table.get(rough_key(word)) if by_sound else None)
