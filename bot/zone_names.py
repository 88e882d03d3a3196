"""What places and Windows call the time zones. Written by `make messages`; do not edit.

From the time zone database (zone.tab, links) and CLDR. Each line: the IANA zones, then the folded names that mean them.
"""

from __future__ import annotations

PLACES = """\
Africa/Abidjan|abidjan|abiyan|cote d'ivoire|timbuktu
Africa/Accra|accra|acra|ghana
Africa/Addis_Ababa|addis ababa|adis abeba|ethiopia|etiopia
Africa/Algiers|algeria|algiers|argel|argelia
Africa/Asmara|asmara|eritrea
Africa/Bamako|bamako|mali
Africa/Bangui|bangui|central african republic|republica centroafricana
Africa/Banjul|banjul|gambia
Africa/Bissau|bisau|bissau|guinea-bisau|guinea-bissau
Africa/Blantyre|blantyre|malaui|malawi
Africa/Brazzaville|brazzaville|congo|congo - brazzaville
Africa/Bujumbura|bujumbura|burundi
Africa/Cairo|cairo|egipto|egypt|el cairo
Africa/Casablanca|casablanca|marruecos|morocco
Africa/Ceuta|ceuta
Africa/Conakry|conakri|conakry|guinea
Africa/Dakar|dakar|senegal
Africa/Dar_es_Salaam|dar es salaam|dar es-salam|tanzania
Africa/Djibouti|djibouti|yibuti
Africa/Douala|cameroon|camerun|douala|duala
Africa/El_Aaiun|el aaiun|sahara occidental|western sahara
Africa/Freetown|freetown|sierra leona|sierra leone
Africa/Gaborone|botsuana|botswana|gaborone
Africa/Harare|harare|zimbabue|zimbabwe
Africa/Johannesburg|johannesburg|johannesburgo|south africa|sudafrica
Africa/Juba|juba|south sudan|sudan del sur
Africa/Kampala|kampala|uganda
Africa/Khartoum|jartum|khartoum|sudan
Africa/Kigali|kigali|ruanda|rwanda
Africa/Kinshasa|kinshasa
Africa/Kinshasa,Africa/Lubumbashi|congo - kinshasa|republica democratica del congo
Africa/Lagos|lagos|nigeria
Africa/Libreville|gabon|libreville
Africa/Lome|lome|togo
Africa/Luanda|angola|luanda
Africa/Lubumbashi|lubumbashi
Africa/Lusaka|lusaka|zambia
Africa/Malabo|equatorial guinea|guinea ecuatorial|malabo
Africa/Maputo|maputo|mozambique
Africa/Maseru|lesotho|lesoto|maseru
Africa/Mbabane|esuatini|eswatini|mbabane
Africa/Mogadishu|mogadiscio|mogadishu|somalia
Africa/Monrovia|liberia|monrovia
Africa/Nairobi|asmera|kenia|kenya|nairobi
Africa/Ndjamena|chad|ndjamena|yamena
Africa/Niamey|niamey|niger
Africa/Nouakchott|mauritania|nouakchott|nuakchot
Africa/Ouagadougou|burkina faso|ouagadougou|uagadugu
Africa/Porto-Novo|benin|porto-novo|portonovo
Africa/Sao_Tome|santo tome|santo tome y principe|sao tome|sao tome & principe
Africa/Tripoli|libia|libya|tripoli
Africa/Tunis|tunez|tunis|tunisia
Africa/Windhoek|namibia|windhoek
America/Adak|adak|atka
America/Anchorage|anchorage
America/Anguilla|anguila|anguilla
America/Antigua|antigua|antigua & barbuda|antigua y barbuda
America/Araguaina|araguaina
America/Argentina/Buenos_Aires|argentina|buenos aires
America/Argentina/Catamarca|catamarca|comodrivadavia
America/Argentina/Cordoba|cordoba|rosario
America/Argentina/Jujuy|jujuy
America/Argentina/La_Rioja|la rioja
America/Argentina/Mendoza|mendoza
America/Argentina/Rio_Gallegos|rio gallegos
America/Argentina/Salta|salta
America/Argentina/San_Juan|san juan
America/Argentina/San_Luis|san luis
America/Argentina/Tucuman|tucuman
America/Argentina/Ushuaia|ushuaia
America/Aruba|aruba
America/Asuncion|asuncion|paraguay
America/Atikokan|atikokan
America/Bahia|bahia
America/Bahia_Banderas|bahia banderas|bahia de banderas
America/Barbados|barbados
America/Belem|belem|belen
America/Belize|belice|belize
America/Blanc-Sablon|blanc-sablon
America/Boa_Vista|boa vista
America/Bogota|bogota|colombia
America/Boise|boise
America/Cambridge_Bay|cambridge bay
America/Campo_Grande|campo grande
America/Cancun|cancun
America/Caracas|caracas|venezuela
America/Cayenne|cayena|cayenne|french guiana|guayana francesa
America/Cayman|caiman|cayman|cayman islands|islas caiman
America/Chicago|chicago
America/Chihuahua|chihuahua
America/Ciudad_Juarez|ciudad juarez
America/Costa_Rica|costa rica
America/Coyhaique|coyhaique
America/Creston|creston
America/Cuiaba|cuiaba
America/Curacao|curacao|curazao
America/Danmarkshavn|danmarkshavn
America/Dawson|dawson
America/Dawson_Creek|dawson creek
America/Denver|denver|shiprock
America/Detroit|detroit
America/Dominica|dominica
America/Edmonton|edmonton|yellowknife
America/Eirunepe|eirunepe
America/El_Salvador|el salvador
America/Fort_Nelson|fort nelson
America/Fortaleza|fortaleza
America/Glace_Bay|glace bay
America/Goose_Bay|goose bay
America/Grand_Turk|gran turca|grand turk|islas turcas y caicos|turks & caicos islands
America/Grenada|granada|grenada
America/Guadeloupe|guadalupe|guadeloupe
America/Guatemala|guatemala
America/Guayaquil|guayaquil
America/Guayaquil,Pacific/Galapagos|ecuador
America/Guyana|guyana
America/Halifax|halifax
America/Havana|cuba|havana|la habana
America/Hermosillo|hermosillo
America/Indiana/Indianapolis|fort wayne|indianapolis
America/Indiana/Knox|knox|knox in|knox, indiana
America/Indiana/Marengo|marengo|marengo, indiana
America/Indiana/Petersburg|petersburg|petersburg, indiana
America/Indiana/Tell_City|tell city|tell city, indiana
America/Indiana/Vevay|vevay|vevay, indiana
America/Indiana/Vincennes|vincennes|vincennes, indiana
America/Indiana/Winamac|winamac|winamac, indiana
America/Inuvik|inuvik
America/Iqaluit|iqaluit|pangnirtung
America/Jamaica|jamaica
America/Juneau|juneau
America/Kentucky/Louisville|louisville
America/Kentucky/Monticello|monticello|monticello, kentucky
America/Kralendijk|caribbean netherlands|caribe neerlandes|kralendijk
America/La_Paz|bolivia|la paz
America/Lima|lima|peru
America/Los_Angeles|los angeles
America/Lower_Princes|lower prince's quarter|lower princes|sint maarten
America/Maceio|maceio
America/Managua|managua|nicaragua
America/Manaus|manaos|manaus
America/Marigot|marigot|san martin|st. martin
America/Martinique|martinica|martinique
America/Matamoros|matamoros
America/Mazatlan|mazatlan
America/Menominee|menominee
America/Merida|merida
America/Metlakatla|metlakatla
America/Mexico_City|ciudad de mexico|mexico city
America/Mexico_City,America/Cancun,America/Matamoros,America/Ciudad_Juarez|mexico
America/Miquelon|miquelon|san pedro y miquelon|st. pierre & miquelon
America/Moncton|moncton
America/Monterrey|monterrey
America/Montevideo|montevideo|uruguay
America/Montserrat|montserrat
America/Nassau|bahamas|nassau
America/New_York|new york|nueva york
America/New_York,America/Chicago,America/Denver,America/Phoenix|estados unidos|united states
America/Nome|nome
America/Noronha|fernando de noronha|noronha
America/Noronha,America/Belem,America/Campo_Grande,America/Eirunepe|brasil|brazil
America/North_Dakota/Beulah|beulah|beulah, dakota del norte|beulah, north dakota
America/North_Dakota/Center|center|center, dakota del norte|center, north dakota
America/North_Dakota/New_Salem|new salem|new salem, dakota del norte|new salem, north dakota
America/Nuuk|godthab|nuuk
America/Nuuk,America/Danmarkshavn,America/Thule|greenland|groenlandia
America/Ojinaga|ojinaga
America/Panama|coral harbour|panama
America/Paramaribo|paramaribo|surinam|suriname
America/Phoenix|phoenix
America/Port-au-Prince|haiti|port-au-prince|puerto principe
America/Port_of_Spain|port of spain|puerto espana|trinidad & tobago|trinidad y tobago
America/Porto_Velho|porto velho
America/Puerto_Rico|puerto rico|virgin
America/Punta_Arenas|punta arenas
America/Rankin_Inlet|rankin inlet
America/Recife|recife
America/Regina|regina
America/Resolute|resolute
America/Rio_Branco|porto acre|rio branco
America/Santarem|santarem
America/Santiago|santiago|santiago de chile
America/Santiago,America/Coyhaique,Pacific/Easter|chile
America/Santo_Domingo|dominican republic|republica dominicana|santo domingo
America/Sao_Paulo|sao paulo
America/Scoresbysund|ittoqqortoormiit|scoresbysund
America/Sitka|sitka
America/St_Barthelemy|san bartolome|st barthelemy|st. barthelemy
America/St_Johns|san juan de terranova|st johns|st. john's
America/St_Johns,America/Halifax,America/Blanc-Sablon,America/Toronto|canada
America/St_Kitts|san cristobal|san cristobal y nieves|st kitts|st. kitts|st. kitts & nevis
America/St_Lucia|santa lucia|st lucia|st. lucia
America/St_Thomas|islas virgenes de ee. uu.|st thomas|st. thomas|u.s. virgin islands
America/St_Vincent|san vicente|san vicente y las granadinas|st vincent|st. vincent|st. vincent & grenadines
America/Swift_Current|swift current
America/Tegucigalpa|honduras|tegucigalpa
America/Thule|thule
America/Tijuana|ensenada|santa isabel|tijuana
America/Toronto|montreal|nipigon|thunder bay|toronto
America/Tortola|british virgin islands|islas virgenes britanicas|tortola
America/Vancouver|vancouver
America/Whitehorse|whitehorse
America/Winnipeg|rainy river|winnipeg
America/Yakutat|yakutat
Antarctica/Casey|casey
Antarctica/Davis|davis
Antarctica/DumontDUrville|dumont-d'urville|dumontdurville
Antarctica/Macquarie|macquarie|macquarie island
Antarctica/Mawson|mawson
Antarctica/McMurdo|mcmurdo
Antarctica/Palmer|palmer
Antarctica/Rothera|rothera
Antarctica/Syowa|syowa
Antarctica/Troll|troll
Antarctica/Vostok|vostok
Arctic/Longyearbyen|longyearbyen|svalbard & jan mayen|svalbard y jan mayen
Asia/Aden|aden|yemen
Asia/Almaty|almaty|kazajistan|kazakhstan
Asia/Amman|amman|jordan|jordania
Asia/Anadyr|anadyr
Asia/Aqtau|aktau|aqtau
Asia/Aqtobe|aktobe|aqtobe
Asia/Ashgabat|ashgabat|ashkhabad|asjabad|turkmenistan
Asia/Atyrau|atyrau
Asia/Baghdad|bagdad|baghdad|irak|iraq
Asia/Bahrain|bahrain|barein
Asia/Baku|azerbaijan|azerbaiyan|baku
Asia/Bangkok|bangkok|tailandia|thailand
Asia/Barnaul|barnaul
Asia/Beirut|beirut|lebanon|libano
Asia/Bishkek|bishkek|kirguistan|kyrgyzstan
Asia/Brunei|brunei
Asia/Chita|chita
Asia/Colombo|colombo|sri lanka
Asia/Damascus|damasco|damascus|siria|syria
Asia/Dhaka|banglades|bangladesh|daca|dacca|dhaka
Asia/Dili|dili|timor-leste
Asia/Dubai|dubai|emiratos arabes unidos|united arab emirates
Asia/Dushanbe|dusambe|dushanbe|tajikistan|tayikistan
Asia/Famagusta|famagusta
Asia/Gaza|gaza|palestinian territories|territorios palestinos
Asia/Hebron|hebron
Asia/Ho_Chi_Minh|ho chi minh|saigon|vietnam
Asia/Hong_Kong|hong kong|hong kong sar china|rae de hong kong (china)
Asia/Hovd|hovd
Asia/Irkutsk|irkutsk
Asia/Jakarta|jakarta|yakarta
Asia/Jakarta,Asia/Makassar,Asia/Jayapura|indonesia
Asia/Jayapura|jayapura
Asia/Jerusalem|israel|jerusalem|jerusalen|tel aviv
Asia/Kabul|afganistan|afghanistan|kabul
Asia/Kamchatka|kamchatka
Asia/Karachi|karachi|pakistan
Asia/Kathmandu|kathmandu|katmandu|nepal
Asia/Khandyga|khandiga|khandyga
Asia/Kolkata|calcutta|india|kolkata
Asia/Krasnoyarsk|krasnoyarsk
Asia/Kuala_Lumpur|kuala lumpur|malasia|malaysia
Asia/Kuching|kuching
Asia/Kuwait|kuwait
Asia/Macau|macao|macao sar china|macau|rae de macao (china)
Asia/Magadan|magadan
Asia/Makassar|makasar|makassar|ujung pandang
Asia/Manila|filipinas|manila|philippines
Asia/Muscat|mascate|muscat|oman
Asia/Nicosia|chipre|cyprus|nicosia
Asia/Novokuznetsk|novokuznetsk
Asia/Novosibirsk|novosibirsk
Asia/Omsk|omsk
Asia/Oral|oral
Asia/Phnom_Penh|cambodia|camboya|phnom penh
Asia/Pontianak|pontianak
Asia/Pyongyang|corea del norte|north korea|pyongyang
Asia/Qatar|catar|qatar
Asia/Qostanay|kostanai|kostanay|qostanay
Asia/Qyzylorda|kyzylorda|qyzylorda
Asia/Riyadh|arabia saudi|riad|riyadh|saudi arabia
Asia/Sakhalin|sajalin|sakhalin
Asia/Samarkand|samarcanda|samarkand|uzbekistan
Asia/Seoul|corea del sur|seoul|seul|south korea
Asia/Shanghai|chongqing|chungking|harbin|shanghai
Asia/Shanghai,Asia/Urumqi|china
Asia/Singapore|singapore|singapur
Asia/Srednekolymsk|srednekolimsk|srednekolymsk
Asia/Taipei|taipei|taiwan
Asia/Tashkent|tashkent|taskent
Asia/Tbilisi|georgia|tbilisi|tiflis
Asia/Tehran|iran|teheran|tehran
Asia/Thimphu|bhutan|butan|thimbu|thimphu|timbu
Asia/Tokyo|japan|japon|tokio|tokyo
Asia/Tomsk|tomsk
Asia/Ulaanbaatar|choibalsan|ulaanbaatar|ulan bator
Asia/Ulaanbaatar,Asia/Hovd|mongolia
Asia/Urumqi|kashgar|urumqi
Asia/Ust-Nera|ust-nera
Asia/Vientiane|laos|vientian|vientiane
Asia/Vladivostok|vladivostok
Asia/Yakutsk|yakutsk
Asia/Yangon|myanmar (birmania)|myanmar (burma)|rangoon|yangon
Asia/Yekaterinburg|ekaterimburgo|yekaterinburg
Asia/Yerevan|armenia|erevan|yerevan
Atlantic/Azores|azores
Atlantic/Bermuda|bermuda|bermudas
Atlantic/Canary|canarias|canary
Atlantic/Cape_Verde|cabo verde|cape verde
Atlantic/Faroe|faeroe|faroe|faroe islands|islas feroe
Atlantic/Madeira|madeira
Atlantic/Reykjavik|iceland|islandia|reikiavik|reykjavik
Atlantic/South_Georgia|georgia del sur|islas georgia del sur y sandwich del sur|south georgia
Atlantic/South_Georgia|south georgia & south sandwich islands
Atlantic/St_Helena|santa elena|st helena|st. helena
Atlantic/Stanley|falkland islands|islas malvinas|stanley
Australia/Adelaide|adelaida|adelaide
Australia/Brisbane|brisbane
Australia/Broken_Hill|broken hill
Australia/Darwin|darwin
Australia/Eucla|eucla
Australia/Hobart|currie|hobart
Australia/Lindeman|lindeman
Australia/Lord_Howe|lord howe|lord howe island
Australia/Lord_Howe,Antarctica/Macquarie,Australia/Broken_Hill,Australia/Brisbane|australia
Australia/Melbourne|melbourne
Australia/Perth|perth
Australia/Sydney|canberra|sidney|sydney
Europe/Amsterdam|amsterdam|netherlands|paises bajos
Europe/Andorra|andorra
Europe/Astrakhan|astracan|astrakhan
Europe/Athens|atenas|athens|grecia|greece
Europe/Belgrade|belgrade|belgrado|serbia
Europe/Berlin|alemania|berlin|germany|jan mayen
Europe/Bratislava|bratislava|eslovaquia|slovakia
Europe/Brussels|belgica|belgium|bruselas|brussels
Europe/Bucharest|bucarest|bucharest|romania|rumania
Europe/Budapest|budapest|hungary|hungria
Europe/Busingen|busingen
Europe/Chisinau|chisinau|moldavia|moldova|tiraspol
Europe/Copenhagen|copenhagen|copenhague|denmark|dinamarca
Europe/Dublin|dublin|ireland|irlanda
Europe/Gibraltar|gibraltar
Europe/Guernsey|guernesey|guernsey
Europe/Helsinki|finland|finlandia|helsinki
Europe/Isle_of_Man|isla de man|isle of man
Europe/Istanbul|estambul|istanbul|turkiye|turquia
Europe/Jersey|jersey
Europe/Kaliningrad|kaliningrad|kaliningrado
Europe/Kaliningrad,Europe/Moscow,Europe/Astrakhan,Asia/Yekaterinburg|rusia|russia
Europe/Kirov|kirov
Europe/Kyiv|kiev|kyiv|uzhgorod|zaporozhye
Europe/Lisbon|lisboa|lisbon
Europe/Lisbon,Atlantic/Azores|portugal
Europe/Ljubljana|eslovenia|liubliana|ljubljana|slovenia
Europe/London|belfast|london|londres|reino unido|united kingdom
Europe/Luxembourg|luxembourg|luxemburgo
Europe/Madrid|madrid
Europe/Madrid,Atlantic/Canary|espana|spain
Europe/Malta|malta
Europe/Mariehamn|aland islands|islas aland|mariehamn
Europe/Minsk|belarus|bielorrusia|minsk
Europe/Monaco|monaco
Europe/Moscow|moscow|moscu
Europe/Oslo|noruega|norway|oslo
Europe/Paris|france|francia|paris
Europe/Podgorica|montenegro|podgorica
Europe/Prague|chequia|czechia|praga|prague
Europe/Riga|latvia|letonia|riga
Europe/Rome|italia|italy|roma|rome
Europe/Samara|samara
Europe/San_Marino|san marino
Europe/Sarajevo|bosnia & herzegovina|bosnia y herzegovina|sarajevo
Europe/Saratov|saratov
Europe/Simferopol|simferopol
Europe/Simferopol,Europe/Kyiv|ucrania|ukraine
Europe/Skopje|macedonia del norte|north macedonia|skopie|skopje
Europe/Sofia|bulgaria|sofia
Europe/Stockholm|estocolmo|stockholm|suecia|sweden
Europe/Tallinn|estonia|tallin|tallinn
Europe/Tirane|albania|tirana|tirane
Europe/Ulyanovsk|ulianovsk|ulyanovsk
Europe/Vaduz|liechtenstein|vaduz
Europe/Vatican|ciudad del vaticano|el vaticano|vatican|vatican city
Europe/Vienna|austria|viena|vienna
Europe/Vilnius|lithuania|lituania|vilna|vilnius
Europe/Volgograd|volgograd|volgogrado
Europe/Warsaw|poland|polonia|varsovia|warsaw
Europe/Zagreb|croacia|croatia|zagreb
Europe/Zurich|suiza|switzerland|zurich
Indian/Antananarivo|antananarivo|madagascar
Indian/Chagos|british indian ocean territory|chagos|territorio britanico del oceano indico
Indian/Christmas|christmas|christmas island|isla de navidad|navidad
Indian/Cocos|cocos|cocos (keeling) islands|cocos islands|islas cocos
Indian/Comoro|comoras|comoro|comoros
Indian/Kerguelen|french southern territories|kerguelen|territorios australes franceses
Indian/Mahe|mahe|seychelles
Indian/Maldives|maldivas|maldives
Indian/Mauritius|mauricio|mauritius
Indian/Mayotte|mayotte
Indian/Reunion|reunion
Pacific/Apia|apia
Pacific/Auckland|auckland|south pole
Pacific/Auckland,Pacific/Chatham|new zealand|nueva zelanda
Pacific/Bougainville|bougainville
Pacific/Chatham|chatham
Pacific/Chuuk|chuuk
Pacific/Chuuk,Pacific/Pohnpei|micronesia
Pacific/Easter|easter|easter island|isla de pascua
Pacific/Efate|efate|vanuatu
Pacific/Fakaofo|fakaofo|tokelau
Pacific/Fiji|fiji|fiyi
Pacific/Funafuti|funafuti|tuvalu
Pacific/Galapagos|galapagos
Pacific/Gambier|gambier
Pacific/Guadalcanal|guadalcanal|islas salomon|ponape|solomon islands
Pacific/Guam|guam
Pacific/Honolulu|honolulu|johnston
Pacific/Kanton|enderbury|kanton
Pacific/Kiritimati|kiritimati
Pacific/Kosrae|kosrae
Pacific/Kwajalein|kwajalein
Pacific/Majuro|islas marshall|majuro|marshall islands
Pacific/Marquesas|marquesas
Pacific/Midway|midway
Pacific/Nauru|nauru
Pacific/Niue|niue
Pacific/Norfolk|isla norfolk|norfolk|norfolk island
Pacific/Noumea|new caledonia|noumea|nueva caledonia|numea
Pacific/Pago_Pago|american samoa|pago pago|samoa|samoa americana
Pacific/Palau|palaos|palau
Pacific/Pitcairn|islas pitcairn|pitcairn|pitcairn islands
Pacific/Pohnpei|pohnpei
Pacific/Port_Moresby|port moresby|truk|yap
Pacific/Port_Moresby,Pacific/Bougainville|papua new guinea|papua nueva guinea
Pacific/Rarotonga|cook islands|islas cook|rarotonga
Pacific/Saipan|islas marianas del norte|northern mariana islands|saipan
Pacific/Tahiti|tahiti
Pacific/Tahiti,Pacific/Marquesas,Pacific/Gambier|french polynesia|polinesia francesa
Pacific/Tarawa|tarawa
Pacific/Tarawa,Pacific/Kanton,Pacific/Kiritimati|kiribati
Pacific/Tongatapu|tonga|tongatapu
Pacific/Wake|wake|wake island
Pacific/Wallis|wallis|wallis & futuna|wallis y futuna
"""

WINDOWS = """\
Africa/Cairo|egypt standard time
Africa/Casablanca|morocco standard time
Africa/Johannesburg|south africa standard time
Africa/Juba|south sudan standard time
Africa/Khartoum|sudan standard time
Africa/Lagos|w. central africa standard time
Africa/Nairobi|e. africa standard time
Africa/Sao_Tome|sao tome standard time
Africa/Tripoli|libya standard time
Africa/Windhoek|namibia standard time
America/Adak|aleutian standard time
America/Anchorage|alaskan standard time
America/Araguaina|tocantins standard time
America/Argentina/Buenos_Aires|argentina standard time
America/Asuncion|paraguay standard time
America/Bahia|bahia standard time
America/Bogota|sa pacific standard time
America/Cancun|eastern standard time (mexico)
America/Caracas|venezuela standard time
America/Cayenne|sa eastern standard time
America/Chicago|central standard time
America/Cuiaba|central brazilian standard time
America/Denver|mountain standard time
America/Grand_Turk|turks and caicos standard time
America/Guatemala|central america standard time
America/Halifax|atlantic standard time
America/Havana|cuba standard time
America/Indiana/Indianapolis|us eastern standard time
America/La_Paz|sa western standard time
America/Los_Angeles|pacific standard time
America/Mazatlan|mountain standard time (mexico)
America/Mexico_City|central standard time (mexico)
America/Miquelon|saint pierre standard time
America/Montevideo|montevideo standard time
America/New_York|eastern standard time
America/Nuuk|greenland standard time
America/Phoenix|us mountain standard time
America/Port-au-Prince|haiti standard time
America/Punta_Arenas|magallanes standard time
America/Regina|canada central standard time
America/Santiago|pacific sa standard time
America/Sao_Paulo|e. south america standard time
America/St_Johns|newfoundland standard time
America/Tijuana|pacific standard time (mexico)
America/Whitehorse|yukon standard time
Asia/Amman|jordan standard time
Asia/Baghdad|arabic standard time
Asia/Baku|azerbaijan standard time
Asia/Bangkok|se asia standard time
Asia/Barnaul|altai standard time
Asia/Beirut|middle east standard time
Asia/Bishkek|central asia standard time
Asia/Chita|transbaikal standard time
Asia/Colombo|sri lanka standard time
Asia/Damascus|syria standard time
Asia/Dhaka|bangladesh standard time
Asia/Dubai|arabian standard time
Asia/Hebron|west bank standard time
Asia/Hovd|w. mongolia standard time
Asia/Irkutsk|north asia east standard time
Asia/Jerusalem|israel standard time
Asia/Kabul|afghanistan standard time
Asia/Kamchatka|russia time zone 11
Asia/Karachi|pakistan standard time
Asia/Kathmandu|nepal standard time
Asia/Kolkata|india standard time
Asia/Krasnoyarsk|north asia standard time
Asia/Magadan|magadan standard time
Asia/Novosibirsk|n. central asia standard time
Asia/Omsk|omsk standard time
Asia/Pyongyang|north korea standard time
Asia/Qyzylorda|qyzylorda standard time
Asia/Riyadh|arab standard time
Asia/Sakhalin|sakhalin standard time
Asia/Seoul|korea standard time
Asia/Shanghai|china standard time
Asia/Singapore|singapore standard time
Asia/Srednekolymsk|russia time zone 10
Asia/Taipei|taipei standard time
Asia/Tashkent|west asia standard time
Asia/Tbilisi|georgian standard time
Asia/Tehran|iran standard time
Asia/Tokyo|tokyo standard time
Asia/Tomsk|tomsk standard time
Asia/Ulaanbaatar|ulaanbaatar standard time
Asia/Vladivostok|vladivostok standard time
Asia/Yakutsk|yakutsk standard time
Asia/Yangon|myanmar standard time
Asia/Yekaterinburg|ekaterinburg standard time
Asia/Yerevan|caucasus standard time
Atlantic/Azores|azores standard time
Atlantic/Cape_Verde|cape verde standard time
Atlantic/Reykjavik|greenwich standard time
Australia/Adelaide|cen. australia standard time
Australia/Brisbane|e. australia standard time
Australia/Darwin|aus central standard time
Australia/Eucla|aus central w. standard time
Australia/Hobart|tasmania standard time
Australia/Lord_Howe|lord howe standard time
Australia/Perth|w. australia standard time
Australia/Sydney|aus eastern standard time
Etc/GMT+11|utc-11
Etc/GMT+12|dateline standard time
Etc/GMT+2|utc-02
Etc/GMT+8|utc-08
Etc/GMT+9|utc-09
Etc/GMT-12|utc+12
Etc/GMT-13|utc+13
Etc/UTC|utc
Europe/Astrakhan|astrakhan standard time
Europe/Berlin|w. europe standard time
Europe/Bucharest|gtb standard time
Europe/Budapest|central europe standard time
Europe/Chisinau|e. europe standard time
Europe/Istanbul|turkey standard time
Europe/Kaliningrad|kaliningrad standard time
Europe/Kyiv|fle standard time
Europe/London|gmt standard time
Europe/Minsk|belarus standard time
Europe/Moscow|russian standard time
Europe/Paris|romance standard time
Europe/Samara|russia time zone 3
Europe/Saratov|saratov standard time
Europe/Volgograd|volgograd standard time
Europe/Warsaw|central european standard time
Indian/Mauritius|mauritius standard time
Pacific/Apia|samoa standard time
Pacific/Auckland|new zealand standard time
Pacific/Bougainville|bougainville standard time
Pacific/Chatham|chatham islands standard time
Pacific/Easter|easter island standard time
Pacific/Fiji|fiji standard time
Pacific/Guadalcanal|central pacific standard time
Pacific/Honolulu|hawaiian standard time
Pacific/Kiritimati|line islands standard time
Pacific/Marquesas|marquesas standard time
Pacific/Norfolk|norfolk standard time
Pacific/Port_Moresby|west pacific standard time
Pacific/Tongatapu|tonga standard time
"""
