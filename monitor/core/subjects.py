"""Whom and what a report tells of, and on which day of the week: words that mean the same in many languages.

Beside the kind of happening (happenings.py) it is the target, the place and the weapon by which two reports in
different languages are known to tell the same: a church, a train, a convoy, a judge. The lists are of folded beginnings
of words, an exact word ends with "$", the languages are English, Urdu, Persian, Pashto, Arabic, Russian, Hindi, German
and French. They are ours; a word that is missing makes two reports less alike, no more.
"""

from functools import lru_cache

from monitor.core.glossary import Glossary

_SUBJECTS = {
    "police": """
        police cop$ cops$ constable پولیس پلیس پولیسو شرطة الشرطة полиц полис पुलिस polizei polizist policier
        gendarm
    """,
    "soldier": """
        soldier troop army military serviceme فوج فوجی سپاہی جوان ارتش سرباز نظامی اردو پوځ پوځي سرتیري الجيش
        جيش جنود جندي عسكري арми$ армия армии солдат военн военнослуж सेना सैनिक जवान armee soldat militär armée
        militaire
    """,
    "convoy": "convoy قافل کاروان قافلة رتل колонн конво काफिल konvoi convoi",
    "checkpoint": """
        checkpost checkpoint check-post چوکی پوسٹ پاسگاه ایست پوسته حاجز نقطة блокпост кпп चौकी kontrollpunkt
    """,
    "camp": """
        camp$ camps$ base$ bases$ garrison کیمپ چھاؤنی اردوگاه پایگاه کمپ مخيم معسكر قاعدة база базу базы лагер
        शिविर lager stützpunkt
    """,
    "mosque": "mosque مسجد مساجد جومات المسجد мечет मस्जिद moschee mosquée",
    "church": """
        church cathedral گرجا چرچ کلیسا كنيسة الكنيسة церк церкв храм चर्च गिरज kirche église christian
    """,
    "shrine": """
        shrine temple مزار درگاہ زیارت امامبارگاہ حرم معبد ضريح مرقد святын мавзол मंदिर दरगाह schrein
        sanctuaire
    """,
    "cleric": """
        cleric imam$ maulana mufti preacher priest bishop مولانا مفتی عالم روحانی ملا$ مولوی امام شيخ пастор
        имам священник मौलान मौलवी imam geistlich prêtre
    """,
    "school": """
        school teacher classroom seminary madrassa madrasa اسکول استاد مدرس مکتب معلم ښوونځی ښوونکي مدرسة مدارس
        школ учител स्कूल शिक्षक schule lehrer école enseignant
    """,
    "student": """
        student pupil universit college طلب طالب‌علم یونیورسٹی دانشجو دانشگاه پوهنتون محصل جامعة طلاب студент
        универс छात्र विश्वविद्य universität étudiant université
    """,
    "hospital": """
        hospital clinic doctor patient ہسپتال اسپتال ڈاکٹر بیمارستان شفاخانه پزشک روغتون ډاکټر مستشفى طبيب
        больниц врач госпитал अस्पताल डॉक्टर krankenhaus arzt hôpital médecin
    """,
    "vaccine": "polio vaccin immuni پولیو ویکسین واکسن پوليو لقاح تطعيم полио вакцин पोलियो टीका impf",
    "train": """
        train$ trains$ railway rail$ locomotive ٹرین ریل ایکسپریس قطار راه‌آهن اورګاډي поезд железнодор рельс
        ट्रेन रेल zug$ züge bahn train ferroviaire
    """,
    "station": "station$ stations$ platform$ اسٹیشن ایستگاه محطة вокзал станци स्टेशन bahnhof gare$",
    "bus": """
        bus$ buses$ coach$ coaches$ van$ minibus بس$ بسوں ویگن اتوبوس مینی‌بوس حافلة باص автобус маршрутк बस$
        बसों autobus car$
    """,
    "vehicle": """
        car$ cars$ truck vehicle lorry motorcycl موٹرسائیکل گاڑی گاڑیوں ٹرک خودرو موتر موټر کامیون سيارة شاحنة
        دراجة машин автомоб грузов गाड़ी ट्रक वाहन auto$ autobombe lastwagen fahrzeug voiture camion véhicule
    """,
    "passenger": """
        passenger travell commuter مسافر مسافرو سرنشین راكب ركاب مسافرين пассажир यात्री यात्रियों passagier
        reisende passager
    """,
    "plane": """
        plane$ planes$ aircraft airliner flight$ flights$ jet$ طیار پرواز جہاز هواپیما الوتک طائرة الطائرة رحلة
        самолет самолёт рейс विमान flugzeug flug$ avion vol$
    """,
    "helicopter": """
        helicopter chopper ہیلی کاپٹر بالگرد هلیکوپتر چورلکه مروحية هليكوبتر вертолет вертолёт हेलीकॉप्टर
        hubschrauber hélicoptère
    """,
    "airport": """
        airport runway airbase ائیرپورٹ ہوائی‌اڈ فرودگاه میدان‌هوایی هوایي مطار аэропорт аэродром हवाईअड्ड
        एयरपोर्ट flughafen aéroport
    """,
    "boat": """
        boat$ boats$ ship$ ships$ ferry vessel tanker$ کشتی بحری قایق بېړۍ قارب سفينة زورق лодк корабл судно
        паром танкер नाव जहाज schiff boot fähre bateau navire
    """,
    "bridge": "bridge پل پلوں جسر الجسر мост$ моста мосту пул पुल brücke pont$",
    "road": """
        highway road$ roads$ motorway شاہراہ سڑک جاده بزرگراه سړک طريق дорог шоссе трасс सड़क राजमार्ग straße
        autobahn route$ autoroute
    """,
    "hotel": """
        hotel guesthouse restaurant cafe$ ہوٹل ریسٹورنٹ هتل رستوران هوټل فندق مطعم отел гостиниц кафе ресторан
        होटल रेस्तरां hôtel
    """,
    "market": """
        market bazaar bazar shop$ shops$ mall$ بازار مارکیٹ دکان فروشگاه سوق متجر рынк рынок базар магазин बाजार
        दुकान markt geschäft marché magasin
    """,
    "beach": "beach shore ساحل شاطئ пляж समुद्रतट तट strand plage",
    "stadium": """
        stadium cricket football match$ player$ players$ team$ tournament goal$ میچ کرکٹ ٹیم فٹبال بازی فوتبال
        تیم لوبه لوبغاړ مباراة منتخب كرة матч сборн футбол игрок मैच क्रिकेट टीम spiel$ mannschaft fußball match
        équipe
    """,
    "concert": """
        concert theatre theater nightclub festival کنسرٹ کنسرت جشنواره تئاتر حفل مهرجان концерт театр крокус
        клуб कॉन्सर्ट konzert
    """,
    "wedding": "wedding bride marriage شادی عروسی واده زفاف عرس свадь शादी hochzeit mariage noce",
    "funeral": """
        funeral buried burial mourn جنازہ تدفین نماز‌جنازہ تشییع خاکسپاری جنازه جنازې تشييع جنازة похорон траур
        अंतिम जनाजा beerdigung trauer funérail obsèques
    """,
    "court": """
        court judge magistrate عدالت جج$ دادگاه قاضی قضات محکمه محکمو محكمة قاض القضاة суд$ суда судь अदालत
        न्यायाधीश gericht richter tribunal juge
    """,
    "prison": """
        prison jail inmate prisoner جیل قیدی زندان زندانی محبس بندی سجن سجناء سجين тюрьм заключен जेल कैदी
        gefängnis häftling détenu
    """,
    "sentence": """
        sentenc verdict convict acquit life$ سزا عمرقید حکم محکوم اعدام جزا حكم إدانة مؤبد приговор срок सजा
        फैसला urteil verurteil condamn peine
    """,
    "execution": """
        execut hang$ hanged gallows پھانسی سزائے‌موت اعدام دار إعدام казн казнил फांसी hinricht exécut
    """,
    "minister": """
        minister ministry وزیر وزارت وزير وزارة министр министер मंत्री मंत्रालय ministre ministère
    """,
    "president": """
        president صدر رئیس‌جمهور رئیس‌جمهوری ولسمشر رئيس الرئيس президент राष्ट्रपति präsident président
    """,
    "premier": "premier prime وزیراعظم نخست‌وزیر صدراعظم премьер प्रधानमंत्री premierminister",
    "governor": """
        governor mayor governer گورنر استاندار فرماندار والي محافظ губернатор мэр राज्यपाल gouverneur
        bürgermeister maire
    """,
    "parliament": """
        parliament senate lawmaker legislator assembly$ congress پارلیمنٹ اسمبلی سینیٹ مجلس پارلمان نماینده ولسي
        برلمان نائب парламент дум$ дума думы депутат सांसद संसद विधानसभा parlament bundestag abgeordnet
        parlement député sénat
    """,
    "party": """
        party$ parties$ coalition پارٹی جماعت حزب احزاب ګوند партия партии парти पार्टी दल partei parti$
    """,
    "candidate": """
        candidate contestant nominee امیدوار نامزد کاندید نوماند مرشح кандидат उम्मीदवार kandidat candidat
    """,
    "results": """
        winner$ wins$ won$ victory victor defeat landslide نتیج فتح جیت کامیاب پیروز برنده نتایج بریا فوز انتصار
        نتائج побед выигра результат जीत विजय नतीज sieg gewinn gewann victoire remport gagne
    """,
    "diplomat": """
        embassy diplomat ambassador consulate envoy سفیر سفارت قونصل کنسولگری سفير سفارة قنصلية посол посольств
        консул राजदूत दूतावास botschaft konsulat ambassade
    """,
    "border": """
        border frontier crossing سرحد بارڈر مرز پوله حدود الحدود معبر границ погран सीमा grenz frontière
    """,
    "refugee": """
        refugee deport migrant displaced asylum مہاجر پناہ‌گزین پناهنده مهاجر اخراج کډوال لاجئ لاجئين مهاجرين
        ترحيل نازحين беженц мигрант депорт शरणार्थी प्रवासी flüchtling abschieb réfugié expuls
    """,
    "journalist": """
        journalist reporter editor newspaper broadcaster صحافی رپورٹر خبرنگار روزنامه‌نگار ژورنالیست خبریال صحفي
        صحفيين صحافي журналист корреспондент पत्रकार
    """,
    "activist": """
        activist rights$ campaigner lawyer کارکن وکیل حقوق فعال مدافع ناشط محام активист правозащит адвокат
        कार्यकर्त वकील aktivist anwalt militant avocat
    """,
    "worker": """
        worker labourer laborer miner$ miners$ employee مزدور کارکنوں کان‌کن کارگر معدنچی کاریګر عامل عمال
        عاملات рабоч шахтер шахтёр मजदूर श्रमिक arbeiter bergleute helferin ouvrier mineur travailleur
    """,
    "mine": """
        mine$ mines$ colliery coalmine کان$ کوئل معدن ذغال کان منجم مناجم шахт рудник खदान खान bergwerk
    """,
    "farmer": """
        farmer village herder villager shepherd کسان گاؤں روستا کشاورز کلی بزګر قرية مزارع фермер деревн село$
        села сел$ किसान गांव bauer dorf dörf paysan éleveur
    """,
    "child": """
        child kid$ kids$ boy$ boys$ girl toddler infant بچ بچے بچوں بچیاں کودک کودکان دختر ماشوم ماشومان نجونې
        طفل أطفال الأطفال дет$ дети детей ребен ребён девоч बच्च kind$ kinder mädchen enfant fille garçon
    """,
    "woman": """
        woman women female خاتون خواتین عورت زن$ زنان ښځ ښځې امرأة نساء النساء женщин महिला frau femme
    """,
    "civilian": """
        civilian resident bystander شہری غیرنظامی شهروند ملکي ملکیان مدني مدنيين мирн житель жител नागरिक
        zivilist bewohner civil habitant
    """,
    "militant": """
        militant insurgent rebel terrorist extremist jihadi fighter دہشت شدت‌پسند عسکریت باغی شبه‌نظامی تروریست
        شورشی پیکارجو ستیزه‌جو وسله‌وال مسلح إرهاب متطرف متمرد مسلحي боевик террорист повстанц आतंक उग्रवाद
        rebell islamist kämpfer rebelle jihad djihad
    """,
    "separatist": "separatist secession علیحدگی جدایی‌طلب بېلتون انفصال сепаратист अलगाववादी séparatist",
    "leader": """
        leader chief$ commander supreme kingpin mastermind planner سربراہ رہنما کمانڈر امیر رهبر فرمانده سرکرده
        مشر قومندان زعيم قائد قيادي лидер главар командир नेता कमांडर सरगना anführer führer chef$ commandant
    """,
    "spy": """
        spy$ spies$ espionage intelligence mossad جاسوس خفیہ استخبارات څارګر جاسوسي مخابرات шпион развед जासूस
        spion geheimdienst espion renseignement
    """,
    "nuclear": """
        nuclear uranium enrich iaea جوہری ایٹمی هسته‌ای اورانیوم اټومي نووي يورانيوم ядерн уран परमाणु atom
        nuklear nucléaire
    """,
    "oil": """
        oil$ gas$ refinery pipeline petrol fuel$ تیل گیس پائپ‌لائن نفت گاز لوله پالایشگاه تیلو نفط غاز أنبوب
        нефт газ$ газа газопровод нпз तेल गैस öl$ raffinerie pétrole gaz$
    """,
    "electric": """
        electric blackout power$ grid$ بجلی لوڈشیڈنگ برق خاموشی برېښنا كهرباء электр блэкаут बिजली strom
        électric
    """,
    "internet": """
        internet telecom fibre fiber broadband انٹرنیٹ اینترنت انترنت انټرنېټ إنترنت الإنترنت интернет связи
        इंटरनेट
    """,
    "money": """
        tax$ taxes budget inflation rupee rouble ruble dollar loan$ imf$ bank$ banks$ بجٹ مہنگائی روپ قرض بینک
        بانک تورم دلار مالیات پیسې موازنة بنك تضخم бюджет инфляц рубл долл налог банк बजट महंगाई कर्ज रुपय
        haushalt steuer impôt banque
    """,
    "sanction": "sanction blacklist embargo پابندی تحریم بندیز عقوبات санкци प्रतिबंध sanktion",
    "aid": """
        aid$ relief humanitarian donor امداد ریلیف کمک مرستې مساعدات إغاثة помощ гуманитар राहत सहायता hilfe
        aide$ secours
    """,
    "fire": """
        fire$ blaze inferno burn$ burnt burned آگ جھلس آتش‌سوزی آتش حريق النيران пожар сгор загор आग brand$
        feuer incendie
    """,
    "storm": """
        storm$ storms$ cyclone typhoon hurricane طوفان توفان گردباد توپان إعصار عاصفة шторм ураган тайфун तूफान
        चक्रवात sturm zyklon tempête
    """,
    "snow": """
        snow avalanche برف تودے برفانی بهمن واوره ثلج снег лавин बर्फ हिमस्खलन schnee lawine neige
    """,
    "dam": """
        dam$ dams$ reservoir glacier glacial ڈیم گلیشیئر سد$ یخچال بند$ سد السد плотин дамб ледник बांध ग्लेशियर
        damm staudamm gletscher barrage
    """,
    "collapse": """
        collaps cave-in منہدم گر$ گرنے فروریخت ریزش نړېد انهيار обруш обвал ढह गिरने einsturz effondre
    """,
    "disease": """
        virus outbreak cholera dengue epidemic measles ebola وبا وائرس ڈینگی ویروس وایرس فيروس وباء كوليرا вирус
        эпидем холер वायरस ausbruch épidémie
    """,
    "coup": "coup$ junta putsch بغاوت کودتا خونتا انقلاب مجلس‌عسكري переворот хунт तख्तापलट",
    "ceasefire": """
        ceasefire truce peace armistice جنگ‌بندی امن$ آتش‌بس صلح اوربند سوله هدنة وقف سلام перемир мир$ мира
        युद्धविराम शांति waffenruhe frieden cessez trêve paix$
    """,
    "treaty": """
        treaty accord$ accords$ agreement deal$ pact$ sign$ signed معاہدہ توافق پیمان قرارداد تړون هوکړه اتفاق
        معاهدة соглашен договор समझौता abkommen vertrag traité
    """,
    "weapon": """
        weapon arms$ ammunition rifle gun$ guns$ اسلحہ بندوق هتھیار سلاح اسلحه تفنگ وسلې أسلحة оруж автомат
        हथियार waffe arme$ armes
    """,
    "vest": "vest$ vests$ belt$ جیکٹ جلیقه واسکټ حزام пояс जैकेट weste$ gürtel ceinture gilet",
    "gas": """
        chemical chlorine sarin poison کیمیائی زہر شیمیایی سم$ مسموم کیمیاوي كيميائي سم غاز‌سام химич отрав
        रासायनिक जहर chemisch gift chimique
    """,
    "drug": """
        drug$ drugs$ narcotic heroin opium poppy meth منشیات ہیروئن افیون مواد‌مخدر تریاک کوکنار نشه مخدرات
        أفيون наркот героин опиум मादक अफीम droge drogue héroïne
    """,
    "gang": """
        gang$ gangs$ mafia bandit robber smuggl dacoit ڈاکو گینگ اسمگل باند قاچاق راهزن غله عصابة تهريب банд
        контрабанд डाकू तस्कर bande schmuggl contreband
    """,
    "body": """
        bodies body$ corpse remains لاش میت جسد اجساد پیکر مړی مړي جثة جثث جثمان тело тела тел$ शव leiche corps$
        cadavre
    """,
    "rescue": """
        rescue freed$ released recover reunited بازیاب ریسکیو رہا نجات آزاد رها خوشي ژغورل إنقاذ إطلاق تحرير
        освобод спас$ спасл спасат बचाव रिहा befreit rettung gerettet libér sauvet
    """,
    "search": """
        search$ searching manhunt missing تلاش لاپتہ جستجو گمشده لټون ورک بحث مفقود поиск пропав तलाश लापता
        suche$ vermisst recherche disparu
    """,
    "visit": """
        visit arriv trip$ tour$ دورہ پہنچ سفر دیدار وارد زيارة وصول визит прибыл поездк दौरा besuch reise$
        visite arrivé
    """,
    "resign": """
        resign oust sack$ sacked dismiss suspend step$ مستعفی برطرف معطل استعفا برکنار ګوښه استقال إقالة عزل
        отставк уволен इस्तीफा बर्खास्त rücktritt entlass démission limog
    """,
    "appoint": """
        appoint named$ swear sworn elected تعینات مقرر حلف منصوب تعیین تحلیف وټاکل ټاکل تعيين عين назнач присяг
        नियुक्त शपथ ernannt vereidig nommé investi
    """,
    "reward": """
        reward bounty wanted$ انعام مطلوب پاداش جایزه مکافأة جائزة вознагражд награ इनाम kopfgeld belohnung
        récompense prime$
    """,
    "eid": "eid$ ramadan ramazan عید رمضان اختر روژه عيد рамадан курбан ид$ ईद रमजान opferfest aïd",
    "video": """
        video footage photo image$ ویڈیو تصویر ویدیو عکس ویډیو فيديو صور видео фото वीडियो film$ vidéo
    """,
    "decree": """
        decree edict ban$ bans$ banned order$ orders ordered law$ پابندی حکمنامہ فرمان قانون ممنوع دستور حظر
        مرسوم قرار запрет указ$ закон आदेश कानून रोक verbot erlass gesetz interdi décret loi$
    """,
    "war": """
        war$ wars$ offensive invasion frontline captured seize$ seized جنگ حملہ‌آور قبضہ نبرد تصرف جنګ ونیول حرب
        سيطرة هجوم‌واسع войн наступл захват युद्ध कब्जा krieg erober guerre
    """,
    "hijack": """
        hijack seized hostages siege یرغمال محاصر ہائی‌جیک هواپیماربایی گروگان محاصره يرغمل برمته احتجاز رهائن
        حصار захват заложник अपहृत बंधक geisel überfall otage prise$ siège
    """,
    "night": "night midnight رات شب شپه ليل ليلة ночь ночью रात nacht nuit",
    "morning": "morning dawn$ صبح سهار صباح الفجر утро утром सुबह morgen$ matin aube",
    "car-bomb": "vbied بارودسےبھری مفخخة заминирован autobombe piégée",
    "again": """
        another again$ anew second$ third$ fourth$ fresh$ new$ latest$ دیگری دوباره مجددا باز‌هم دوسرا دوسری
        تیسرا تیسری ایک‌اور دوبارہ نیا$ بیا$ بل$ دویم دوهم أخرى آخر$ جديد جديدة ثان ثانية снова опять очередн
        втор$ второй вторая новый новая новое दूसर फिर$ नया erneut weitere weiterer zweite nouveau nouvelle
        encore$ autre$ deuxième
    """,
    "analysis": """
        analysis explain roundup weekly timeline briefing brief$ overview why$ lessons portrait$ profile$
        strategy transformation insurgency تجزیہ خلاصہ ہفتہ‌وار کیوں تحلیل هفتگی چرا شننه ولې تحليل أسبوعي ملخص
        لماذا анализ обзор итоги почему стратеги विश्लेषण क्यों analyse überblick hintergrund warum strategie
        décryptage pourquoi stratégie
    """,
    "anniversary": """
        anniversary commemorat memorial برسی سالگرہ سالگرد یادبود کلیزه تلین ذكرى годовщин памят बरसी jahrestag
        gedenk anniversaire commémor
    """,
}

_WEEKDAYS = {
    "0": "monday پیر$ سوموار دوشنبه دوشنبې الاثنين الإثنين понедельник सोमवार montag lundi",
    "1": "tuesday منگل سه‌شنبه سه‌شنبې الثلاثاء вторник मंगलवार dienstag mardi",
    "2": """
        wednesday بدھ$ چهارشنبه چهارشنبې چارشنبې الأربعاء среда$ среду среды बुधवार mittwoch mercredi
    """,
    "3": "thursday جمعرات پنج‌شنبه پنجشنبه پنجشنبې الخميس четверг गुरुवार donnerstag jeudi",
    "4": "friday جمعہ$ جمعه$ جمعې$ الجمعة$ пятниц शुक्रवार freitag vendredi",
    "5": "saturday شنبه شنبې السبت суббот शनिवार samstag sonnabend samedi",
    "6": "sunday اتوار یکشنبه یکشنبې الأحد воскресен रविवार sonntag dimanche",
}

_subjects = Glossary(_SUBJECTS)
_weekdays = Glossary(_WEEKDAYS)


@lru_cache(maxsize=65_536)
def subject_of_word(word: str) -> str | None:
    """Return whom or what a folded word names, or None."""
    return _subjects.meaning(word)


@lru_cache(maxsize=65_536)
def weekday_of_word(word: str) -> int | None:
    """Return the day of the week that a folded word names, Monday is 0, or None."""
    found = _weekdays.meaning(word)
    return None if found is None else int(found)
