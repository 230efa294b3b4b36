"""Spellings of real names in the news, and names near one another that are different.

Collected by hand from how English, French, German, Turkish and Russian newsrooms, agencies and lists of sanctions write
public figures, groups and places. A line stands in one half by a checksum of its first name, never by choice: prices
were tuned on the first half, the second was only counted.
"""

from zlib import crc32

VARIANTS = """
Fazlur Rehman = Fazal-ur-Rahman, Fazl ur Rehman, Fazlur Rahman, Fazlu Rahman, Fazalur Rehman, Fazal Ur Rehman
Sanaullah Ghafari = Sana Ullah Ghafaree, Sanaullah Ghaffari, Sanaullah Ghafary, Sana'ullah Ghafari
Nangarhar = Ningarhar, Nangrahar, Nangahar
Zia-ul-Haq = Zia ul Haque, Ziaul Haque, Zia al-Haq, Ziya ul-Haqq
Ayman al-Zawahiri = Aiman Al Zawahri, Ayman Zawahiri, Aymen al-Zawahiri, Ayman el-Zawahry, Ayman Al-Dhawahiri
Shahab al-Muhajir = Shihab al-Muhajir, Shahab Muhajir, Shahab al-Mohajir, Shahab ul-Muhajer
Haibatullah Akhundzada = Hibatullah Akhunzada, Haybatullah Akhundzadeh, Hebatullah Akhundzada, Haibatullah Akhunzadah
Usama bin Laden = Osama Bin Ladin, Osama Ben Laden, Oussama Ben Laden, Ussama bin Laden
Hamid Karzai = Hamed Karzay, Hameed Karzai
Abdul Ghani Baradar = Abdul Ghani Berader, Abdulghani Baradar, Abd al-Ghani Baradar, Abdul Ghani Biradar
Gulbuddin Hekmatyar = Gulbudin Hikmatyar, Gulbuddin Hekmatiar, Golboddin Hekmatyar, Gulbadin Hekmatyar
Sirajuddin Haqqani = Siraj ud-Din Haqani, Serajuddin Haqqani, Sirajudin Haqqani, Siraj-ud-Din Haqqani, Sirajuddin Haqani
Jalaluddin Haqqani = Jalal ud-Din Haqqani, Jallaluddin Haqani, Jalaludin Haqqani
Amir Khan Muttaqi = Ameer Khan Mutaqi, Amir Khan Motaqi, Emir Khan Muttaqi
Mohammad Yaqoob = Muhammad Yaqub, Mohammed Yakub, Mohd Yaqoob, Mohammad Yaqoub
Abdul Rashid Dostum = Abdurrashid Dostam, Abdul Rasheed Dostum, Abdurashid Dostum
Ashraf Ghani = Ashraf Ghany, Achraf Ghani, Eshraf Ghani
Atta Mohammad Noor = Ata Muhammad Nur, Atta Mohammed Nur, Ata Mohammad Noor
Ahmad Shah Massoud = Ahmed Shah Masood, Ahmad Shah Masud, Ahmad Chah Massoud, Ahmadshah Massoud
Noor Wali Mehsud = Nur Wali Mehsud, Noor Wali Mahsud, Noor Vali Mehsood
Baitullah Mehsud = Baitullah Mahsud, Beitullah Mehsud, Baytullah Masud
Hafiz Gul Bahadur = Hafez Gul Bahadar, Hafiz Gul Bahadar
Mangal Bagh = Mangal Bagh Afridi
Hafiz Saeed Khan = Hafez Said Khan, Hafiz Sayed Khan, Hafiz Saeid Khan
Masood Azhar = Masud Azhar, Massoud Azhar, Mas'ood Azhar
Zakiur Rehman Lakhvi = Zaki-ur-Rahman Lakhvi, Zaki ur Rehman Lakhwi, Zakiur Rahman Lakhvi
Asif Ali Zardari = Asef Ali Zardari, Asif Ali Zardary
Shehbaz Sharif = Shahbaz Sharif, Shehbaz Shareef, Shahbaz Shareef
Nawaz Sharif = Navaz Sharif, Nawaz Shareef
Pervez Musharraf = Parvez Musharraf, Pervaiz Musharraf, Parviz Musharaf, Pervez Mosharraf
Yousaf Raza Gilani = Yusuf Raza Gillani, Yousuf Raza Gilani, Yusaf Reza Gilani, Yousaf Raza Geelani
Zulfikar Ali Bhutto = Zulfiqar Ali Bhutto, Zulfikar Ali Bhuto, Zulfeqar Ali Bhutto, Dhulfiqar Ali Bhutto
Shahid Khaqan Abbasi = Shahid Khakan Abbasi, Shaheed Khaqan Abassi
Sirajul Haq = Siraj-ul-Haq, Siraj ul Haque
Samiul Haq = Sami-ul-Haq, Sami ul Haque
Attaur Rehman = Atta-ur-Rahman, Ata ur Rehman, Ataur Rahman
Khalid Sheikh Mohammed = Khaled Shaikh Muhammad, Khalid Shaykh Muhammad, Khalid Cheikh Mohammed
Ruhollah Khomeini = Rouhollah Khomeyni, Ruhullah Khumaini, Ruhollah Khomeyni
Ali Khamenei = Ali Khameneyi, Ali Khamene'i, Ali Khameney
Mahmoud Ahmadinejad = Mahmud Ahmadinezhad, Mahmood Ahmadinejad, Mahmoud Ahmedinejad, Mahmoud Ahmadi-Nejad
Hassan Rouhani = Hasan Ruhani, Hassan Rohani, Hasan Rowhani
Qassem Soleimani = Qasem Suleimani, Qasim Sulaymani, Kassem Soleimani, Ghasem Soleimani, Qassim Suleymani
Esmail Qaani = Ismail Qaani, Esmaeil Ghaani, Ismail Ghani
Ebrahim Raisi = Ibrahim Raisi, Ebrahim Raeesi, Ebrahim Ra'isi
Mohammad Javad Zarif = Mohammed Jawad Zarif, Muhammad Javad Zareef
Masoud Pezeshkian = Massoud Pezeshkian, Masud Pezechkian, Masoud Pezeshkiyan
Mir-Hossein Mousavi = Mir Hussein Moussavi, Mir Hosein Musavi, Mir Hossein Mousawi
Hassan Nasrallah = Hasan Nasrullah, Hassan Nassrallah, Hasan Nasrollah
Naim Qassem = Naeem Qasim, Na'im Qassim, Naim Kassem
Bashar al-Assad = Bachar al-Assad, Bashar Assad, Bashar el-Asad, Bashar al Asad, Başar Esad
Abu Bakr al-Baghdadi = Abu Bakr al-Bagdadi, Aboubakr al-Baghdadi, Abubakr Al Baghdadi, Abou Bakr al-Baghdadi, Abu Bakar al-Baghdadi
Abu Mohammad al-Julani = Abu Muhammad al-Jolani, Abu Mohammed al-Golani, Abou Mohammad al-Joulani, Abu Mohamed al-Jawlani
Ahmed al-Sharaa = Ahmad al-Sharaa, Ahmed Al Sharaa, Ahmad ash-Shara'a, Ahmed el-Charaa
Abu Musab al-Zarqawi = Abou Moussab al-Zarqaoui, Abu Mus'ab al-Zarkawi, Abu Mosab Zarqawi
Muammar Gaddafi = Moammar Khadafi, Muammar Qaddafi, Mu'ammar al-Qadhafi, Muammar Kadhafi, Moamer Kadhafi, Muammar Ghaddafi
Khalifa Haftar = Khalifa Hafter, Khalifah Haftar, Khaleefa Haftar
Gamal Abdel Nasser = Jamal Abd al-Nasir, Jamal Abdul Nasser, Gamal Abd el-Nasser, Gamal Abdul Nasir
Abdel Fattah al-Sisi = Abdul Fattah el-Sisi, Abd al-Fattah al-Sissi, Abdelfattah Sisi, Abdel Fatah El Sisi
Mohamed Morsi = Mohammed Mursi, Muhammad Morsy, Mohamad Mursi
Hosni Mubarak = Husni Mubarak, Hosni Moubarak, Hosny Mubarak
Yasser Arafat = Yasir Arafat, Yassir Arafat, Jasir Arafat
Mahmoud Abbas = Mahmud Abbas, Mahmood Abas
Ismail Haniyeh = Ismail Haniya, Ismael Haniyya, Esmail Haniyeh, Ismail Haniyah
Yahya Sinwar = Yahia Sinwar, Yehya Sinwar, Yahya al-Sinwar, Jahja Sinwar, Yahya Sinouar
Khaled Mashal = Khalid Meshaal, Khaled Mashaal, Khalid Mish'al, Khaled Meshal
Marwan Barghouti = Marwan Barghouthi, Marouan Barghouti, Marwan Bargouti, Merwan Barghuti
Abdul-Malik al-Houthi = Abdulmalik al-Houthi, Abdel Malek al-Houthi, Abd al-Malik al-Huthi, Abdelmalek al-Houthi
Ali Abdullah Saleh = Ali Abdallah Salih, Ali Abdulla Saleh
Abdrabbuh Mansur Hadi = Abd Rabbo Mansour Hadi, Abed Rabbo Mansour Hadi, Abdrabbo Mansur Hadi
Nouri al-Maliki = Nuri al-Maliki, Noori Al Maliki, Nuri Maliki
Muqtada al-Sadr = Moqtada al-Sadr, Moktada Sadr, Muqtada as-Sadr
Haider al-Abadi = Haydar al-Abadi, Haidar Abadi, Haidar al-Ibadi
Masoud Barzani = Massoud Barzani, Mesud Barzani, Masud Barzani
Mohammed bin Salman = Muhammad bin Salman, Mohamed ben Salmane, Mohammad Bin Salman
Jamal Khashoggi = Jamal Khashoggy, Djamal Khashoggi, Jamal Kashoggi, Cemal Kaşıkçı
Mohamed bin Zayed = Mohammed Bin Zayed, Muhammad ibn Zayid, Mohamed ben Zayed
Recep Tayyip Erdogan = Recep Tayip Erdoğan, Rejep Tayyip Erdogan
Saddam Hussein = Sadam Husain, Saddam Hussain, Saddam Husayn
Abdelaziz Bouteflika = Abdul Aziz Bouteflika, Abdelaziz Boutaflika, Abd al-Aziz Bouteflika
Abdelmalek Droukdel = Abdul Malik Droukdal, Abdelmalik Droukdal, Abd al-Malik Drukdal
Mokhtar Belmokhtar = Mukhtar Belmukhtar, Mokhtar Bel Mokhtar, Moktar Belmoktar
Iyad Ag Ghaly = Iyad Ag Ghali, Iyadh Ag Ghali, Iyad Ag Gali
Amadou Koufa = Amadu Kufa, Amadou Kouffa
Abubakar Shekau = Abu Bakr Shekau, Aboubakar Shekau, Abubakar Shekaw
Abu Musab al-Barnawi = Abou Mosab al-Barnaoui, Abu Mus'ab Albarnawi, Abu Musab Barnawi
Muhammadu Buhari = Mohammadu Buhari, Muhamadu Buhari, Mohammed Buhari
Usman dan Fodio = Usuman dan Fodio, Uthman dan Fodio, Othman dan Fodio, Usman ɗan Fodiyo
Sani Abacha = Sanni Abacha, Sani Abatcha
Ibrahim Zakzaky = Ibrahim Zakzaki, Ibraheem Zakzaky, Ibrahim El-Zakzaky
Atiku Abubakar = Atiku Abu Bakar, Atiku Aboubakar
Nuhu Ribadu = Nouhou Ribadou, Nuhu Ribado
Hassan Sheikh Mohamud = Xasan Sheekh Maxamuud, Hassan Sheikh Mohamoud, Hasan Shaikh Mahmud, Hassan Cheikh Mohamoud
Mohamed Abdullahi Farmajo = Maxamed Cabdullaahi Farmaajo, Mohammed Abdullahi Farmaajo, Mohamed Abdulahi Farmajo
Ahmed Abdi Godane = Axmed Cabdi Godane, Ahmad Abdi Godane, Ahmed Abdi Godani
Ahmed Umar = Ahmad Omar, Axmed Cumar
Mukhtar Robow = Mukhtaar Roobow, Mokhtar Robow, Muktar Robow
Hassan Dahir Aweys = Xasan Daahir Aweys, Hasan Dahir Awes, Hassan Dahir Aweis
Abdiweli Gaas = Cabdiweli Gaas, Abdi Weli Gas
Abdirahman Mohamed Abdullahi = Cabdiraxmaan Maxamed Cabdullaahi, Abdurahman Mohamed Abdullahi
Islam Karimov = Islom Karimov, Eslam Karimov, Islam Karimow
Shavkat Mirziyoyev = Shavkat Mirziyoev, Shawkat Mirziyoyev, Shavkat Mirziyaev, Chavkat Mirzioïev
Tohir Yuldashev = Tahir Yuldashev, Takhir Yuldashev, Tohir Yoʻldoshev, Tahir Yoldashev
Juma Namangani = Djuma Namangani, Jumma Namangani, Juma Namangoni, Zhuma Namangani
Emomali Rahmon = Emomali Rakhmon, Imomali Rahmon, Emomalii Rahmon, Imamali Rakhmon
Gulmurod Khalimov = Gulmurod Halimov, Gulmurad Khalimov, Gulmurod Xalimov, Goulmourod Khalimov
Said Abdullo Nuri = Saeed Abdullo Nuri, Sayid Abdulloh Nuri, Said Abdulla Nuri
Mullo Abdullo = Mulla Abdulla, Mullah Abdullah
Kurmanbek Bakiyev = Kurmanbek Bakiev, Qurmanbek Bakiyev
Nursultan Nazarbayev = Nursultan Nazarbaev, Noursoultan Nazarbaïev, Nursultan Nazarbayew
Ramzan Kadyrov = Ramzan Kadirov, Ramzan Qadyrov, Ramazan Kadyrov, Ramzan Kadyrow
Dokka Umarov = Doku Umarov, Doku Oumarov, Dokku Umarov
Shamil Basayev = Shamil Basaev, Chamil Bassaïev, Shamil Basayew
Aslan Maskhadov = Aslan Mashadov, Aslan Maskhadow
Akhmad Kadyrov = Ahmad Kadyrov, Akhmat Kadyrov, Akhmed Kadirov
Akhmed Zakayev = Ahmed Zakaev, Akhmed Zakaev, Achmed Zakayev
Movsar Barayev = Movsar Baraev, Mowsar Barayev
Tarkhan Batirashvili = Tarhan Batirashvili, Tarkhan Batyrashvili
Omar al-Shishani = Umar ash-Shishani, Omar Shishani, Omar al-Chichani
Rustam Asildarov = Rustam Asilderov, Rustam Aselderov
Khabib Nurmagomedov = Habib Nurmagomedov, Khabib Nurmagomedow
Yemelyan Vladimirovich = Emelyan Vladimirovich
Ilham Aliyev = Ilham Aliev, İlham Əliyev, Ilkham Aliev
Heydar Aliyev = Haydar Aliyev, Geidar Aliev, Heidar Aliev
Khorasan = Khurasan, Khurassan, Xorasan
Kandahar = Qandahar, Candahar
Helmand = Hilmand, Hilmend
Kunduz = Qunduz, Konduz, Qonduz
Badakhshan = Badakshan, Badahshan, Badaxshan
Uruzgan = Oruzgan, Urozgan, Uruzghan
Jowzjan = Jawzjan, Jauzjan, Jowzdjan
Faryab = Fariab, Fariyab
Paktika = Paktikka, Paktyka
Balochistan = Baluchistan, Balouchistan
Waziristan = Vaziristan, Wazeeristan
Peshawar = Peshawer, Pishawar, Pechawar
Muzaffarabad = Muzafarabad, Mozaffarabad, Muzzafarabad
Mazar-i-Sharif = Mazar-e-Sharif, Mazar Sharif, Mazari Sharif, Mazar-e-Shareef, Mazar i Scharif
Jalalabad = Jallalabad, Jelalabad, Jalalobod
Dushanbe = Doushanbe, Dushambe
Namangan = Namanghan, Nomangan
Makhachkala = Mahachkala, Makhatchkala
Hezbollah = Hizbullah, Hizballah, Hizbollah, Hezbullah
Hizb ut-Tahrir = Hizb-ut-Tahreer, Hizbut Tahrir, Khizb ut-Tahrir, Hizb al-Tahrir, Hizb at-Tahrir
Jaish-e-Mohammed = Jaish-i-Muhammad, Jaish e Mohammad, Jaysh-e-Mohammed, Jaish Muhammad
Lashkar-e-Taiba = Lashkar-i-Tayyiba, Lashkar e Tayyiba, Lashkar-i-Taiba, Lashkar-e-Tayiba
Lashkar-e-Jhangvi = Lashkar-i-Jhangvi, Lashkar e Jhangwi, Lashkare Jhangvi
Tehrik-e-Taliban = Tehreek-i-Taliban, Tahrik-e-Taliban, Tehrik Taliban, Tehreek-e-Taleban
Jamaat-ul-Ahrar = Jamaatul Ahrar, Jama'at ul-Ahrar, Jamat-ul-Ahrar, Jamaat Ahrar
Hizb-e-Islami = Hezb-e-Islami, Hizb-i-Islami, Hezb-i Eslami, Hezbi Islami
Ansar al-Sharia = Ansar al-Shariah, Ansar ash-Sharia, Ansar Sharia, Ansar el-Charia
Jabhat al-Nusra = Jabhat an-Nusra, Jabhat Nusra, Jebhat al-Nusra, Jabhat al-Nusrah
al-Shabaab = Al Shabab, al-Chabab, Al-Shebab, ash-Shabab
Asaib Ahl al-Haq = Asa'ib Ahl al-Haqq, Assaib Ahl el-Haq, Asaeb Ahl al-Haq
Kataib Hezbollah = Kata'ib Hizballah, Kataeb Hezbollah, Kataib Hizbullah
Jundallah = Jundullah, Jondollah, Jundollah
Ansarullah = Ansar Allah, Ansarallah, Ansarollah
Усама бен Ладен = Осама бин Ладен, Усама бин Ладин
Хайбатулла Ахундзада = Хибатулла Ахунзада, Хайбатула Ахундзаде
Сираджуддин Хаккани = Сирадж ад-Дин Хаккани, Сираджудин Хакани, Сирожиддин Хаққоний
Абу Бакр аль-Багдади = Абу-Бакр аль-Багдади, Абубакр аль Багдади, Абу Бакр Багдади
Муаммар Каддафи = Муамар Кадафи, Муаммар Каддафий
Касем Сулеймани = Касым Сулеймани, Кассем Солеймани
Эмомали Рахмон = Имомали Рахмон, Эмомалӣ Раҳмон
Абдул Рашид Дустум = Абдул-Рашид Дустум, Абдурашид Достум, Абдулрашид Дустум
Шавкат Мирзиёев = Шавкат Мирзиеев, Шовкат Мирзиёев
Хизб ут-Тахрир = Хизбут-Тахрир, Ҳизб ут-Таҳрир
Гульбуддин Хекматияр = Гулбуддин Хикматияр, Гульбеддин Хекматьяр
Мохаммад Якуб = Мухаммад Якуб, Мухаммед Якуб, Мохаммед Ёкуб
Sheikh Hasina = Shaikh Hasina, Shekh Haseena
Ziaur Rahman = Zia-ur-Rehman, Zia ur Rahman, Ziaur Rehman
Mujibur Rahman = Mujib-ur-Rehman, Mujibur Rehman, Mojibur Rahman, Mujeebur Rahman
Syed Ali Shah Geelani = Sayed Ali Shah Gilani, Sayyid Ali Shah Geelani
Yasin Malik = Yaseen Malik, Yassin Malik, Yasin Malek
Mirwaiz Umar Farooq = Mirwaiz Omar Farooq, Mirwaiz Omer Faruq, Mirwayz Umar Farouk
Riyaz Naikoo = Riaz Naikoo, Riyadh Naikoo
Abdulla Yameen = Abdullah Yamin, Abdulla Yamin
Isnilon Hapilon = Isnilon Hapillon
Abu Bakar Bashir = Abu Bakar Baasyir, Abubakar Bashir, Abu Bakr Bashir
Maulana Fazlullah = Mullah Fazlullah, Molana Fazlullah
Maulana Abdul Aziz = Abdul Azeez, Mawlana Abdulaziz
"""

FRIENDS = """
Khorasan | Khorasani
Laghman | Laghmani
Nangarhar | Nagarkar
Fazlullah Khan | Fazlur Khan
Muhammad Hussain | Muhammad Hassan
Hussain Ahmad | Hassan Ahmad
Karim Khan | Karimi Khan
Rahim Khan | Rahimi Khan
Jamal Khan | Jamil Khan
Kamal Ahmad | Kamil Ahmad
Rashid Ahmad | Rashad Ahmad
Salim Khan | Salam Khan
Habib Ahmad | Habiba Ahmad
Khalid Hassan | Khalida Hassan
Abdul Rahim | Abdul Rahman
Abdul Karim | Abdul Hakim
Abdul Salam | Abdul Salim
Abdul Majid | Abdul Wajid
Abdul Hamid | Abdul Hadi
Abdul Qadir | Abdul Qadeem
Abdul Wahid | Abdul Wahab
Abdul Ghani | Abdul Ghafar
Abdul Aziz | Abdul Azim
Fazlur Rehman | Saifur Rehman
Fazlur Rehman | Fazal Karim
Fazlur Rehman | Lutfur Rehman
Fazlur Rehman | Fazlul Haq
Attaur Rehman | Azizur Rehman
Mujibur Rahman | Habibur Rahman
Ziaur Rahman | Azizur Rahman
Samiul Haq | Sirajul Haq
Ziaul Haq | Samiul Haq
Sirajul Haq | Sirajuddin Haqqani
Sirajuddin Haqqani | Jalaluddin Haqqani
Jalaluddin Haqqani | Jalaluddin Rumi
Khalil Haqqani | Jalil Haqqani
Anas Haqqani | Younus Haqqani
Hamid Karzai | Ahmad Karzai
Hamid Karzai | Hamida Karzai
Hamid Mir | Hamida Mir
Hafiz Saeed | Hafiz Saad
Hafiz Saeed Khan | Hafiz Asad Khan
Ashraf Ghani | Sharif Ghani
Ashraf Ghani | Ashraf Jahangir
Nawaz Sharif | Nawaz Ashraf
Shehbaz Sharif | Shahzad Sharif
Asif Ali | Yusuf Ali
Asif Zardari | Asifa Zardari
Bilawal Bhutto | Bilal Bhutto
Omar Khan | Amir Khan
Omar Ahmad | Amir Ahmad
Umar Farooq | Amir Farooq
Imran Khan | Kamran Khan
Imran Khan | Umar Khan
Arif Alvi | Asif Alvi
Nasir Ahmad | Nazir Ahmad
Nasir Khan | Munir Khan
Nasim Ahmad | Wasim Ahmad
Tariq Aziz | Tahir Aziz
Tahir Khan | Tahira Khan
Tahir Ahmad | Athar Ahmad
Zahir Shah | Zahra Shah
Zahir Shah | Nadir Shah
Amin Khan | Aman Khan
Amina Khan | Amin Khan
Noor Ahmad | Nasir Ahmad
Noor Wali | Nabi Wali
Mangal Bagh | Mengele Bach
Baitullah Mehsud | Hakimullah Mehsud
Baitullah Mehsud | Abdullah Mehsud
Sanaullah Ghafari | Sanaullah Gharwal
Sanaullah Khan | Asadullah Khan
Asadullah Khan | Saadullah Khan
Saifullah Khan | Shafiullah Khan
Saifullah Akhtar | Saifullah Akhund
Inayatullah Khan | Hidayatullah Khan
Hikmatullah Khan | Himmatullah Khan
Nasrullah Khan | Nasirullah Khan
Rahmatullah Nabil | Rahmatullah Nabi
Karimullah Khan | Ikramullah Khan
Haibatullah Akhundzada | Hedayatullah Akhundzada
Mohammad Yaqoob | Mohammad Ayub
Mohammad Yaqoob | Mohammad Yunus
Mohammad Omar | Mohammad Amir
Mohammad Nabi | Mohammad Nabil
Mohammad Hasan Akhund | Mohammad Hussain Akhund
Mohammad Fazl | Mohammad Fazil
Mohammad Salim | Mohammad Salam
Mohammad Rashid | Mohammad Arshad
Mohammad Akram | Mohammad Akbar
Mohammad Amin | Mohammad Iman
Mohammad Daud | Mohammad Adil
Mahmoud Abbas | Muhammad Abbas
Mahmoud Abbas | Hamid Abbas
Ahmad Massoud | Hamid Massoud
Ahmad Shah | Hamad Shah
Khaled Mashal | Khalil Mashal
Ismail Khan | Jamil Khan
Hassan Nasrallah | Hassan Nasiri
Hassan Nasrallah | Hussein Nasrallah
Hassan Rouhani | Hassan Rahmani
Ali Khamenei | Ali Khomeini
Ruhollah Khomeini | Ruhollah Khamenei
Mojtaba Khamenei | Mustafa Khomeini
Ali Larijani | Ali Lari
Sadeq Larijani | Sadegh Lari
Qassem Soleimani | Qassem Salami
Hossein Salami | Hossein Soleimani
Esmail Qaani | Esmail Kohani
Javad Zarif | Jawad Sharif
Bashar al-Assad | Bushra al-Assad
Hafez al-Assad | Hafiz Saeed
Maher al-Assad | Manaf al-Assad
Abu Bakr al-Baghdadi | Abu Omar al-Baghdadi
Abu Bakr Naji | Abu Bakar Bashir
Abu Mohammad al-Julani | Abu Mohammad al-Adnani
Abu Musab al-Zarqawi | Abu Musab al-Suri
Abu Musab al-Barnawi | Abu Musab al-Zarqawi
Abu Hamza al-Masri | Abu Ayyub al-Masri
Abu Hafs al-Masri | Abu Hamza al-Masri
Ayman al-Zawahiri | Ayman Nour
Ayman al-Zawahiri | Mohammed al-Zawahiri
Muammar Gaddafi | Mutassim Gaddafi
Saif Gaddafi | Saadi Gaddafi
Abdel Fattah al-Sisi | Abdel Fattah Younis
Mohamed Morsi | Mohamed Mousa
Hosni Mubarak | Hassan Mubarak
Gamal Mubarak | Kamal Mubarak
Abdul-Malik al-Houthi | Abdul-Malik al-Hadi
Muqtada al-Sadr | Muqtada al-Sadri
Mohammed bin Salman | Mohammed bin Sulaiman
Mohammed bin Zayed | Mohammed bin Said Khan
Salman Khan | Sulaiman Khan
Salman Rushdie | Sulaiman Rashid
Saddam Hussein | Saddam Hassan
Uday Hussein | Udi Hassan
Marwan Barghouti | Imran Barghouti
Abubakar Shekau | Abubakar Sheikh
Muhammadu Buhari | Mohammed Bukhari Khan
Usman dan Fodio | Osman Fadia
Sani Abacha | Sani Abaka
Atiku Abubakar | Tukur Abubakar
Hassan Sheikh Mohamud | Hassan Sheikh Hamid
Sharif Sheikh Ahmed | Sheikh Ahmed Ashraf
Ahmed Godane | Ahmed Gadani
Mukhtar Robow | Mukhtar Rabbi
Islam Karimov | Islam Kerim
Islam Karimov | Gulnara Karimova
Rustam Emomali | Rustam Amonali
Rahmon Nabiyev | Rahman Nabi
Ramzan Kadyrov | Ramzan Kadyrova
Zelimkhan Yandarbiyev | Zelimkhan Bakayev
Dokka Umarov | Dokka Omarova
Aslan Maskhadov | Aslan Makhmudov
Shamil Basayev | Shirvani Basayev
Ilham Aliyev | Ilham Alieva
Kurmanbek Bakiyev | Maksim Bakiyev
Kandahar | Kandhari
Kandahar | Kandari
Kunduz | Kundera
Helmand | Hillman
Helmand | Holman
Badakhshan | Bakhshan
Balochistan | Baluchistani
Waziristan | Waziristani
Peshawar | Peshawari
Jalalabad | Jalalabadi
Jalalabad | Jamalabad
Faryab | Farayabi
Kunar Valley | Kunri Valley
Namangan | Namangani
Kashmir | Kashmiri
Baghdad | Baghdadi
Haqqani | Hakan Khan
Taliban | Talbini
Hezbollah | Habibullah
Hezbollah | Hizbullahi
Jundallah | Jandola
Ansarullah | Nasrullah
Jabhat al-Nusra | Jabhat al-Nasr
Ansar al-Sharia | Ansar al-Sunna
Ansar al-Sharia | Nasser al-Shari
Jaish-e-Mohammed | Jaish al-Mujahideen
Lashkar-e-Taiba | Lashkar-e-Islam
Lashkar-e-Jhangvi | Lashkar-e-Islam
Tehrik-e-Taliban | Tehrik-e-Insaf
Hizb ut-Tahrir | Hizb ul-Ahrar
Jamaat-ul-Ahrar | Jamaat-e-Islami
Jamaat-ul-Ahrar | Jamaat ul Ansar
Muzaffarabad | Mozaffari
Sheikh Hasina | Sheikh Hassan
Sheikh Hasina | Shaikh Hussain
Asif Khosa | Asif Khawaja
Ayaz Sadiq | Ijaz Siddiq
Iqbal Khan | Iqbala Khan
Qasim Khan | Qaseema Khan
Singh Khalsa | Sangh Khilasi
Farooq Abdullah | Fariq Abdullah
Rabbani Khan | Rabia Khan
Karim Bakhsh | Kareema Bakhsh
Malik Riaz | Malika Riaz
Sadiq Khan | Siddiq Khan
Sayed Khan | Saad Khan
Salah Abdeslam | Salah Abdulsalih
Najib Razak | Najiba Razak
Said Ahmad | Asad Ahmad
Majid Khan | Amjad Khan
Hamza Khan | Hamzi Khan
Hadi Amiri | Huda Amiri
Fahad Khan | Fuad Khan
Fawad Khan | Fuad Chaudhry
Rafiq Hariri | Rafik Harari
Saad Hariri | Said Hariri
Naim Qassem | Noman Qassem
Gul Agha | Goal Ago
Gul Agha | Gala Gig
Mullah Omar | Miller Moore
Rahman Malik | Roman Molik
Karim Khan | Green Kane
Nasir Khan | Nusser Cohen
Bari Khan | Barry Cohn
Sami Khan | Semi Can
Anwar Khan | Inner Can
Mirza Ali | Mersey Alley
Mali Khan | Molly Conn
Salim Malik | Slim Milk
Tahir Malik | Their Milk
Kabul Jan | Cable John
Nadir Ali | Nadir Ally Bank
Haqqani | Hockney
Singer Hall | Sanger Hill
Маулана Карим | Маулана Каримов
Рамзан Кадыров | Рамзан Кадыровой
Хасан Рухани | Хусейн Рухани
Абдул Рахим | Абдул Рахман
Хорасан | Хорасани
Ахмад Масуд | Хамид Масуд
Джамал Хан | Джамиль Хан
Мохаммад Омар | Мохаммад Амир
"""


def variants() -> list[tuple[str, str]]:
    """Return (name, another spelling of it)."""
    return parse_variants(VARIANTS)


def friends() -> list[tuple[str, str]]:
    """Return (name, a name near it that is another one)."""
    return parse_friends(FRIENDS)


def parse_variants(text: str) -> list[tuple[str, str]]:
    """Return (name, another spelling of it) from lines "name = spelling, spelling"."""
    lines = [line.split(" = ") for line in text.strip().splitlines()]
    return [(name, other) for name, others in lines for other in others.split(", ")]


def parse_friends(text: str) -> list[tuple[str, str]]:
    """Return (name, a name near it) from lines "name | neighbour"."""
    lines = [line.split(" | ") for line in text.strip().splitlines()]
    return [(name, other) for name, other in lines]


def half(name: str) -> int:
    """Return the half in which the line of a name stands: 0 to tune on, 1 to report on."""
    return crc32(name.encode()) & 1
