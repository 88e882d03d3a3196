"""Dates as people write them, in two languages: each read right or asked about, and none silently wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import time_texts, typed_dates
from bot.i18n import Locale
from bot.times import UnreadableTime

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
"""Monday 30 November, 10:00 in Madrid."""
HERE = "Europe/Madrid"

ENGLISH = {
    "Dec 13 between 6pm and 7:30pm": "2026-12-13 18:00",
    "13 Dec 18:00 Easter Island": "2026-12-14 00:00",
    "Dec 3 - 6pm": "2026-12-03 18:00",
    "December 3rd – 6:30 pm": "2026-12-03 18:30",
    "Dec 3 - 6:00pm - 7:30pm": "2026-12-03 18:00",
    "10 December 6 - 7:30pm": "2026-12-10 18:00",
    "Thursday, December 3, 6 – 7:30 PM": "2026-12-03 18:00",
    "mar 3 - 6pm": "refused: form",
    "in a month at 6pm": "2026-12-30 18:00",
    "two months from today, 18:00": "2027-01-30 18:00",
    "in 3 months 18:00": "asked",
    "in half an hour": "2026-11-30 10:30",
    "in an hour and a half": "2026-11-30 11:30",
    "last Friday of the month 6pm": "2026-12-25 18:00",
    "last Monday of this month 6pm": "2026-11-30 18:00",
    "first Thursday of next month, 6pm": "2026-12-03 18:00",
    "the third at six pm": "2026-12-03 18:00",
    "Christmas Eve 6pm": "2026-12-24 18:00",
    "New Year’s Eve at 11:30pm": "2026-12-31 23:30",
    "Dec 3 6pm PT / 9pm ET": "2026-12-04 03:00",
    "Dec 3 9pm ET/6pm PT": "2026-12-04 03:00",
    "Dec 3 6pm CST / 7pm EST": "2026-12-04 01:00",
    "Dec 3, 6 PM Pacific / 7 Mountain / 8 Central / 9 Eastern": "2026-12-04 03:00",
    "6pm PT | 9pm ET on Dec 3": "2026-12-04 03:00",
    "Dec 3 6pm PDT / 9pm EDT": "refused: form",
    "Dec 3 18:00 (12 noon New York)": "2026-12-03 18:00",
    "Dec 3 quarter to twelve am": "asked",
    "Dec 3 twelve ten pm": "2026-12-03 12:10",
    "20261203, 6:10pm": "2026-12-03 18:10",
    "Dec 3 6;10pm": "2026-12-03 18:10",
    "18:00 Dec 3:": "2026-12-03 18:00",
    "Dec 3: 6pm": "2026-12-03 18:00",
    "Dec 3 / 6pm": "2026-12-03 18:00",
    "Dec3 6pm": "2026-12-03 18:00",
    "3 Dec 26 18:00": "2026-12-03 18:00",
    "3 Dec 18 30": "refused: form",
    "5 th December, 6pm": "2026-12-05 18:00",
    "six o clock pm Dec 3": "2026-12-03 18:00",
    "Dec 3 half-past six pm": "2026-12-03 18:30",
    "12 midday Dec 3": "2026-12-03 12:00",
    "tonight at 1am": "2026-12-01 01:00",
    "tonight 5pm": "2026-11-30 17:00",
    "6pm in the morning Dec 3": "refused: form",
    "the 15th of next month at 6pm": "2026-12-15 18:00",
    "Thursday of the week after next 6pm": "2026-12-17 18:00",
    "week after next Thursday 6pm": "asked",
    "2026-12-03T18:00+01": "2026-12-03 18:00",
    "2026-12-03T18:00[Europe/Madrid]": "2026-12-03 18:00",
    "Friday 4: 10 pm": "refused: form",
    "2026-12-03 18:00:30": "2026-12-03 18:00",
    "Wed, 02 Dec 2026 18:00:45 +0100": "2026-12-02 18:00",
    "20261203 1800": "2026-12-03 18:00",
    "31/12/26 18:00": "2026-12-31 18:00",
    "26/12/03 18:00": "2026-12-03 18:00",
    "26/12/27 18:00": "asked",
    "Thursday week 6pm": "2026-12-10 18:00",
    "a week on Thursday at 6pm": "2026-12-10 18:00",
    "a week from Thursday 6pm": "2026-12-10 18:00",
    "tomorrow week, 6pm": "2026-12-08 18:00",
    "a fortnight on Thursday 6pm": "2026-12-17 18:00",
    "in two weeks' time at 6pm": "2026-12-14 18:00",
    "Monday week 6pm": "asked",
    "the Thursday after next 6pm": "asked",
    "first Thursday of December 6pm": "2026-12-03 18:00",
    "the 1st Monday in November at 6pm": "2027-11-01 18:00",
    "the last Friday of November 2027, 18:00": "2027-11-26 18:00",
    "Thursday the third at 6pm": "2026-12-03 18:00",
    "twenty fifth of December, 6pm": "2026-12-25 18:00",
    "six thirty p m on December third": "2026-12-03 18:30",
    "Thursday at six forty five p.m.": "2026-12-03 18:45",
    "Thursday six oh five pm": "2026-12-03 18:05",
    "Dec 3 six-thirty pm": "2026-12-03 18:30",
    "20 past 6 pm Dec 3": "2026-12-03 18:20",
    "twenty to seven in the evening on Thursday": "2026-12-03 18:40",
    "half six in the evening Dec 3": "2026-12-03 18:30",
    "five to six pm Dec 3": "refused: word",
    "Dec 3 6 30 pm": "2026-12-03 18:30",
    "Thursday 6 30 pm": "2026-12-03 18:30",
    "Dec 3 10 pm": "2026-12-03 22:00",
    "Dec 3 6;30pm": "2026-12-03 18:30",
    "Dec 3 630pm": "2026-12-03 18:30",
    "Dec 3 1830": "2026-12-03 18:30",
    "Dec 3 at 2030": "2026-12-03 20:30",
    "Dec 3 24:00": "2026-12-04 00:00",
    "Dec 3\u202f6:00\u202fPM": "2026-12-03 18:00",
    "Dec\u00a03,\u20092026 at 6:00\u202fp.m.": "2026-12-03 18:00",
    "Ｄｅｃ ３ １８：００": "2026-12-03 18:00",
    "Thursday, 3 December⋅18:00 – 19:30": "2026-12-03 18:00",
    "Time: Dec 3, 2026 06:00 PM Pacific Time (US and Canada)": "2026-12-04 03:00",
    "Dec 3 6pm please, thank you": "2026-12-03 18:00",
    "Dec 3 6pm, Córdoba, Argentina": "2026-12-03 22:00",
    "tonight at midnight": "2026-12-01 00:00",
    "Dec 3 6pm Barcelona, Venezuela": "asked",
    "Dec 3 6pm LA": "2026-12-04 03:00",
    "LA, Dec 3 6pm": "2026-12-04 03:00",
    "Dec 3, 6pm!!": "2026-12-03 18:00",
    "📅 Dec 3 🕕 6pm 🙏🏽": "2026-12-03 18:00",
    "“Dec 3 6pm”": "2026-12-03 18:00",
    "Dec 3 6pm sharp": "2026-12-03 18:00",
    "Thu 6p": "2026-12-03 18:00",
    "3-Dec-26 18:00": "2026-12-03 18:00",
    "this December 3, 6pm": "2026-12-03 18:00",
    "Dec. third, six thirty pm": "2026-12-03 18:30",
    "ten past six pm Dec 3": "2026-12-03 18:10",
    "2026-12-03T17:00:00.000Z": "2026-12-03 18:00",
    "20261203T170000Z": "2026-12-03 18:00",
    "20261203T1800": "2026-12-03 18:00",
    "Nov 7 2027 1:30am EST": "2027-11-07 07:30",
    "Nov 7 2027 1:30am EDT": "2027-11-07 06:30",
    "Dec 3 6pm": "2026-12-03 18:00",
    "Dec. 3, 6 p.m.": "2026-12-03 18:00",
    "December 3rd at 6pm": "2026-12-03 18:00",
    "Thursday, December 3, 2026 at 6:00 PM": "2026-12-03 18:00",
    "3 December 18:00": "2026-12-03 18:00",
    "3rd of December, 18:00": "2026-12-03 18:00",
    "Thu 3 Dec 18:00": "2026-12-03 18:00",
    "Thursday 3rd December 6.30pm": "2026-12-03 18:30",
    "on the 3rd of December at half past seven in the evening": "2026-12-03 19:30",
    "Dec 3 @ 6pm": "2026-12-03 18:00",
    "6pm on Thursday": "2026-12-03 18:00",
    "18:00 on 3 December": "2026-12-03 18:00",
    "3-Dec-2026 18:00": "2026-12-03 18:00",
    "3 Dec '26 18:00": "2026-12-03 18:00",
    "Dec 3 2026 18:00": "2026-12-03 18:00",
    "Dec 3 1800h": "2026-12-03 18:00",
    "Thursday 6pm": "2026-12-03 18:00",
    "this Thursday 6pm": "2026-12-03 18:00",
    "Thursday next week 6pm": "2026-12-10 18:00",
    "next week, Thursday 18:00": "2026-12-10 18:00",
    "next Monday 18:00": "2026-12-07 18:00",
    "Monday 9am": "2026-12-07 09:00",
    "tomorrow 18:00": "2026-12-01 18:00",
    "tomorrow evening at 6": "2026-12-01 18:00",
    "tomorrow six o'clock in the evening": "2026-12-01 18:00",
    "quarter to 7 pm tomorrow": "2026-12-01 18:45",
    "day after tomorrow 6pm": "2026-12-02 18:00",
    "tonight at 8": "2026-11-30 20:00",
    "today at 6": "2026-11-30 18:00",
    "in 5 days at 18:00": "2026-12-05 18:00",
    "in two weeks 6pm": "2026-12-14 18:00",
    "in 2 hours": "2026-11-30 12:00",
    "tomorrow at noon": "2026-12-01 12:00",
    "12:30 am Dec 3": "2026-12-03 00:30",
    "12pm Dec 3": "2026-12-03 12:00",
    "the 18th at 6pm": "2026-12-18 18:00",
    "Friday 18 18:00": "2026-12-18 18:00",
    "25/12 18:00": "2026-12-25 18:00",
    "12/25 6pm": "2026-12-25 18:00",
    "Thursday 12/3 6pm": "2026-12-03 18:00",
    "4/4 6pm": "2027-04-04 18:00",
    "3.12.2026 18:00": "2026-12-03 18:00",
    "2026/12/03 18:00": "2026-12-03 18:00",
    "2026-12-03 18h": "2026-12-03 18:00",
    "2026-12-03T18:00+05:45": "2026-12-03 13:15",
    "Dec 3 18:00 UTC+2": "2026-12-03 17:00",
    "Jan 3 6pm": "2027-01-03 18:00",
    "Nov 28 6pm": "2027-11-28 18:00",
    "Feb 29 6pm": "2028-02-29 18:00",
    "Dec 3 6pm New York": "2026-12-04 00:00",
    "Dec 3 6 pm in London": "2026-12-03 19:00",
    "Dec 3 6pm Pacific time": "2026-12-04 03:00",
    "Dec 3 6pm PT": "2026-12-04 03:00",
    "Dec 3 6pm EST": "2026-12-04 00:00",
    "July 3 6pm EDT": "2027-07-04 00:00",
    "December third, 6 o'clock pm": "2026-12-03 18:00",
    "the third of December at 6pm": "2026-12-03 18:00",
    "two weeks from today at 6pm": "2026-12-14 18:00",
    "Dec 3 18:00 GMT": "2026-12-03 19:00",
    "Dec 3 6pm CET": "2026-12-03 18:00",
    "July 3 18:00 GMT": "asked",
    "12/3 6pm": "asked",
    "12/3/2027 6 PM": "asked",
    "3/12/27 18:00": "asked",
    "Dec 3 at 6": "asked",
    "Dec 3 7:30": "asked",
    "2026-12-03 9:00": "asked",
    "next Thursday 6pm": "asked",
    "Monday 6pm": "asked",
    "Dec 3 midnight": "asked",
    "at 12 on Dec 3": "asked",
    "Friday Dec 3 6pm": "asked",
    "Thursday in two weeks 6pm": "asked",
    "July 3 6pm EST": "asked",
    "Dec 3 6pm CST": "asked",
    "Dec 3 6pm Birmingham": "asked",
    "3 Dec 18:00 to 19:30": "2026-12-03 18:00",
    "3 Dec 18:00-19:30": "2026-12-03 18:00",
    "Dec 3 18:00-19:30": "2026-12-03 18:00",
    "18:00-19:30 Dec 3": "2026-12-03 18:00",
    "Dec 3, 18:00 – 19:30": "2026-12-03 18:00",
    "Dec 3 6-7:30pm": "2026-12-03 18:00",
    "Dec 3 6pm-7:30pm": "2026-12-03 18:00",
    "Dec 3 11-12:30 pm": "2026-12-03 11:00",
    "Dec 3 11pm to 12:30am": "2026-12-03 23:00",
    "Dec 3 from 6 to 7:30 in the evening": "2026-12-03 18:00",
    "Dec 3 18:00 to 19:30 London": "2026-12-03 19:00",
    "tomorrow 18": "2026-12-01 18:00",
    "Dec 3 2027 18": "2027-12-03 18:00",
    "12/3/2026 6 PM": "2026-12-03 18:00",
    "yesterday 6pm": "2026-11-29 18:00",
    "last Thursday 6pm": "2026-11-26 18:00",
    "day before yesterday at noon": "2026-11-28 12:00",
    "Dec 1 2025 6pm": "2025-12-01 18:00",
    "tomorrow 6": "asked",
    "Dec 3 2027 6": "asked",
    "Dec 3 6 to 7:30": "asked",
    "March 28 2027 2:30 am": "asked",
    "Oct 31 2027 2:30 am": "asked",
    "March 14 2027 2:30 am New York": "asked",
}
SPANISH = {
    "el 13 de diciembre entre las 18:00 y las 19:30": "2026-12-13 18:00",
    "23.3.2027 - 22,15 h hora de México": "asked",
    "16 del 12 – 19,50 h": "2026-12-16 19:50",
    "13:00 horas Nueva York el 29/abr/2027": "2027-04-29 19:00",
    "3 del 12 a las 18:00": "2026-12-03 18:00",
    "jueves 3 del 12 del 2026 a las 6 de la tarde": "2026-12-03 18:00",
    "a las 18 del 3 del 12": "2026-12-03 18:00",
    "a las 3 del 12 de diciembre": "asked",
    "3 de diciembre a las 18'30": "2026-12-03 18:30",
    "3 de diciembre, 18,30 h": "2026-12-03 18:30",
    "3 de diciembre 18 h 30": "2026-12-03 18:30",
    "18 h 30 de diciembre": "2026-12-30 18:00",
    "el tres a las seis de la tarde": "2026-12-03 18:00",
    "dentro de un mes a las 18": "2026-12-30 18:00",
    "en hora y media": "2026-11-30 11:30",
    "último viernes del mes a las 18": "2026-12-25 18:00",
    "el primer jueves del mes que viene a las 18": "2026-12-03 18:00",
    "Nochevieja a las 23:30": "2026-12-31 23:30",
    "mier 9 dic 18h": "2026-12-09 18:00",
    "3 de diciembre 18:00 España / 12:00 Colombia": "2026-12-03 18:00",
    "jueves 12:00 Colombia / 14:00 Argentina / 18:00 España": "2026-12-03 18:00",
    "3 de diciembre a las 12 m.": "2026-12-03 12:00",
    "a las 18 de mañana": "2026-12-01 18:00",
    "a las 9 de mañana": "asked",
    "a las 9 de la mañana de mañana": "2026-12-01 09:00",
    "esta medianoche": "2026-12-01 00:00",
    "el próximo día 3 a las 18": "2026-12-03 18:00",
    "el 15 del mes que viene a las 18": "2026-12-15 18:00",
    "el 3 de este mes a las 18": "2026-11-03 18:00",
    "jueves a las 8 menos 15 de la tarde": "2026-12-03 19:45",
    "esta noche a las 12 am": "2026-12-01 00:00",
    "31/12/26 18:00": "2026-12-31 18:00",
    "31-12-26 18:00": "2026-12-31 18:00",
    "26/12/27 a las 18": "2027-12-26 18:00",
    "el 1.º de enero a las 18:00": "2027-01-01 18:00",
    "1ro. de enero a las 18:00": "2027-01-01 18:00",
    "1.er de enero, 18 h": "2027-01-01 18:00",
    "1o de enero a las 18:00": "2027-01-01 18:00",
    "el 1.º a las 18:00": "2026-12-01 18:00",
    "dentro de quince días a las 18:00": "asked",
    "de aquí a dos semanas a las 18": "2026-12-14 18:00",
    "de hoy en ocho a las 18": "2026-12-07 18:00",
    "el jueves en ocho días a las 18": "2026-12-10 18:00",
    "el jueves entrante a las 18": "2026-12-03 18:00",
    "este próximo jueves a las 18": "2026-12-03 18:00",
    "el primer jueves de diciembre a las 18": "2026-12-03 18:00",
    "el último viernes de enero de 2027 a las 18": "2027-01-29 18:00",
    "jueves a las seis treinta de la tarde": "2026-12-03 18:30",
    "jueves a las dieciocho cuarenta y cinco": "2026-12-03 18:45",
    "cuarto para las siete de la tarde del jueves": "2026-12-03 18:45",
    "faltan diez para las siete de la tarde, jueves": "2026-12-03 18:50",
    "el jueves 3 para las 6 de la tarde": "2026-12-03 18:00",
    "a las seis diez de diciembre": "asked",
    "jueves a las 24:00": "2026-12-04 00:00",
    "mañana a la mañana a las 9": "2026-12-01 09:00",
    "el 24 a la noche a las 9": "2026-12-24 21:00",
    "Fecha: 3 de diciembre. Hora: 6:00\u202fp.\u00a0m.": "2026-12-03 18:00",
    "jueves a las 18, por favor": "2026-12-03 18:00",
    "3 de diciembre, 18:00 (Mérida, México)": "2026-12-04 01:00",
    "¿3 de diciembre a las 18:00?": "2026-12-03 18:00",
    "¡3 de diciembre a las 18:00! 🙏": "2026-12-03 18:00",
    "3 de diciembre a las 6 de la tarde en punto": "2026-12-03 18:00",
    "3 de diciembre a las 18 y 30": "2026-12-03 18:30",
    "3 de diciembre a las 6 con 30 de la tarde": "2026-12-03 18:30",
    "3 de diciembre a las seis y veinte de la tarde": "2026-12-03 18:20",
    "3 de diciembre a las siete menos diez de la tarde": "2026-12-03 18:50",
    "03-dic-26 18:00": "2026-12-03 18:00",
    "el próximo 3 de diciembre a las 18:00": "2026-12-03 18:00",
    "este 3 de diciembre a las 18:00": "2026-12-03 18:00",
    "1° de enero 18:00": "2027-01-01 18:00",
    "la noche del 3 de diciembre a las 8": "2026-12-03 20:00",
    "3 de diciembre a las 18:00": "2026-12-03 18:00",
    "3 de diciembre de 2026 a las 18:00": "2026-12-03 18:00",
    "3 de diciembre del 2026, 6 de la tarde": "2026-12-03 18:00",
    "jueves 3 de diciembre, 18 horas": "2026-12-03 18:00",
    "jue 3 dic 18h": "2026-12-03 18:00",
    "jueves, 3 dic., 6:00 p. m.": "2026-12-03 18:00",
    "mar 1 dic 18:00": "2026-12-01 18:00",
    "3 mar 18:00": "2027-03-03 18:00",
    "a las 18.30 del 3 de diciembre": "2026-12-03 18:30",
    "el 3 de diciembre a las seis y media de la tarde": "2026-12-03 18:30",
    "el jueves a las siete menos cuarto de la tarde": "2026-12-03 18:45",
    "el jueves a las 18": "2026-12-03 18:00",
    "este jueves a las seis de la tarde": "2026-12-03 18:00",
    "seis de la tarde del jueves": "2026-12-03 18:00",
    "el miércoles a las 19:30": "2026-12-02 19:30",
    "el sábado 5 a las 10 de la mañana": "2026-12-05 10:00",
    "el jueves de la semana que viene a las 18:00": "2026-12-10 18:00",
    "la semana que viene, el jueves a las 18": "2026-12-10 18:00",
    "el lunes que viene a las 7 de la tarde": "2026-12-07 19:00",
    "mañana a las 6 de la tarde": "2026-12-01 18:00",
    "mañana a las 9 de la mañana": "2026-12-01 09:00",
    "mañana por la mañana a las 9": "2026-12-01 09:00",
    "mañana por la noche a las 9": "2026-12-01 21:00",
    "mañana al mediodía": "2026-12-01 12:00",
    "pasado mañana a las 18:30": "2026-12-02 18:30",
    "hoy a las 20:00": "2026-11-30 20:00",
    "esta noche a las 9": "2026-11-30 21:00",
    "esta tarde a las 6": "2026-11-30 18:00",
    "dentro de 5 días a las 18:00": "2026-12-05 18:00",
    "en dos semanas a las 18:00": "2026-12-14 18:00",
    "dentro de una hora": "2026-11-30 11:00",
    "el jueves al mediodía": "2026-12-03 12:00",
    "a las 12 del mediodía el 3 de diciembre": "2026-12-03 12:00",
    "1 de enero a la 1 de la tarde": "2027-01-01 13:00",
    "primero de mayo a las 18:00": "2027-05-01 18:00",
    "1º de mayo a las 18:00": "2027-05-01 18:00",
    "a las 2 de la madrugada del 4 de diciembre": "2026-12-04 02:00",
    "el 18 a las 19:00": "2026-12-18 19:00",
    "viernes 18 a las 18": "2026-12-18 18:00",
    "25/12 a las 18": "2026-12-25 18:00",
    "jueves 3/12 18:00": "2026-12-03 18:00",
    "3.12.2026 18:00": "2026-12-03 18:00",
    "2026-12-03 18:00": "2026-12-03 18:00",
    "3 de enero a las 18:00": "2027-01-03 18:00",
    "29 de febrero a las 18:00": "2028-02-29 18:00",
    "3 de dic. 18:00 hora de Bogotá": "2026-12-04 00:00",
    "3 de diciembre, 18 hs, Buenos Aires": "2026-12-03 22:00",
    "3 de diciembre 18:00 hora de Los Ángeles": "2026-12-04 03:00",
    "3 de diciembre a las 18:00 hora del Pacífico": "2026-12-04 03:00",
    "3 de agosto a las 18:00 CDMX": "2027-08-04 02:00",
    "el jueves a las 6 pm, La Paz": "2026-12-03 23:00",
    "3 de diciembre, 6 pm, hora de Nueva York": "2026-12-04 00:00",
    "veinte de diciembre a las 18": "2026-12-20 18:00",
    "treinta y uno de diciembre, 18 h": "2026-12-31 18:00",
    "jueves a medio día": "2026-12-03 12:00",
    "a las 12 del día del 3 de diciembre": "2026-12-03 12:00",
    "a las 18:00 del día 3": "2026-12-03 18:00",
    "en 15 días a las 18:00": "asked",
    "3/12 a las 18": "asked",
    "3/12/2027 18:00": "asked",
    "3 de diciembre a las 6": "asked",
    "el jueves a las 7:30": "asked",
    "el jueves que viene a las 18": "2026-12-03 18:00",
    "el próximo jueves a las 18:00": "2026-12-03 18:00",
    "el próximo lunes a las 18:00": "2026-12-07 18:00",
    "3 dic 18:00-19:30": "2026-12-03 18:00",
    "el 3 de diciembre de 18:00 a 19:30": "2026-12-03 18:00",
    "de 18:00 a 19:30 el 3 de diciembre": "2026-12-03 18:00",
    "jueves de 18 h a 19:30 h": "2026-12-03 18:00",
    "el jueves de 6 a 7:30 de la tarde": "2026-12-03 18:00",
    "mañana 18": "2026-12-01 18:00",
    "3/12/2026 18:00": "2026-12-03 18:00",
    "ayer a las 18": "2026-11-29 18:00",
    "ayer a las 6": "2026-11-29 18:00",
    "anteayer a las 18:00": "2026-11-28 18:00",
    "el jueves pasado a las 18": "2026-11-26 18:00",
    "mañana 6": "asked",
    "mañana a las 6": "asked",
    "lunes a las 18:00": "asked",
    "mar 3 18:00": "asked",
    "el 3 de diciembre a medianoche": "asked",
    "31 de diciembre a las doce de la noche": "asked",
    "viernes 3 de diciembre a las 18:00": "asked",
    "28 de marzo de 2027 a las 02:30": "asked",
    "28 de marzo de 2027 a las 2:30": "asked",
    "viernes a las dieciocho horas": "2026-12-04 18:00",
    "a las veintiuna del 3 de diciembre": "2026-12-03 21:00",
    "jueves 18h30": "2026-12-03 18:30",
    "31 de octubre de 2027 a las 02:30": "asked",
    "31 de octubre de 2027 a las 2:30 de la madrugada": "asked",
}
NO_DATE = (
    "hello",
    "Dec 3-6pm",
    "10 Dec 3 - 6pm",
    "Dec 3 6pm PT / 8pm ET",
    "Easter Sunday 6pm",
    "Sunday 6pm Christmas",
    "13 Dec 18:00 and 19:30",
    "13 dic 18:00 y 19:30",
    "Dec 3 7pm México (1am Madrid)",
    "Dec 3 7pm Colombia / 1pm España",
    "Dec 3 6pm, 7pm Narnia",
    "the second Tuesday 6pm",
    "first Thursday of every month 6pm",
    "dentro de un mes y medio a las 18",
    "Thursday 3 - 6:30pm",
    "",
    "tomorow 6",
    "Dec 3 10:00-11:00",
    "Dec 3, 4 and 5 at 18:00",
    "every Thursday 18:00",
    "Thursday or Friday 18:00",
    "Thursday 18:00 or 19:00",
    "not Thursday 6pm",
    "next month 6pm",
    "Feb 30 6pm",
    "Dec 3 25:00",
    "Dec 3 13pm",
    "13/13 6pm",
    "2/29/2027 6pm",
    "Dec 3 6pm Narnia",
    "Dec 3 18:00 in the morning",
    "3 y 4 de diciembre a las 18",
    "jueves o viernes a las 18",
    "todos los jueves a las 18",
    "٣/١٢ 18:00",
    "Dec 3 18:00" + " " * 200_000 + "x",
)


def shown(typed: str, language: str, zone: str = HERE, now: datetime = NOW) -> str:
    """What was read, as clocks in the reader's own zone show it; or that it is asked about."""
    try:
        at, _ = typed_dates.read(typed, zone, now, language, timedelta(minutes=90))
    except UnreadableTime as problem:
        asked = problem.why in {"several", "gap", "twice"} or (problem.why == "zone" and problem.choices)
        return "asked" if asked else f"refused: {problem.why}"
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(("typed", "expected"), ENGLISH.items())
def test_english(typed: str, expected: str) -> None:
    assert shown(typed, "en") == expected


@pytest.mark.parametrize(("typed", "expected"), SPANISH.items())
def test_spanish(typed: str, expected: str) -> None:
    assert shown(typed, "es") == expected


@pytest.mark.parametrize(
    ("typed", "zone", "now", "left"),
    [
        ("30 April 2027 at 12", "Africa/Cairo", NOW, ["2027-04-30 12:00"]),
        ("14 March 2027 2:30", "America/New_York", NOW, ["2027-03-14 14:30"]),
        ("14 March 2027 02:30", "America/New_York", NOW, []),
    ],
)
def test_what_clocks_skip_is_asked_about_with_what_is_left(
    typed: str, zone: str, now: datetime, left: list[str]
) -> None:
    with pytest.raises(UnreadableTime) as raised:
        typed_dates.read(typed, zone, now)
    assert [f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for at in raised.value.readings] == left


def test_an_hour_that_clocks_have_skipped_already_is_no_reading() -> None:
    now = datetime(2027, 3, 14, 16, 0, tzinfo=UTC)
    assert shown("today 2:30", "en", "America/New_York", now) == "2027-03-14 14:30"


def test_there_are_sixty_phrases_and_more_in_each_language() -> None:
    assert min(len(ENGLISH), len(SPANISH)) >= 60


@pytest.mark.parametrize("typed", NO_DATE)
def test_what_is_no_single_time_is_refused(typed: str) -> None:
    assert shown(typed, "en").startswith("refused")
    assert shown(typed, "es").startswith("refused")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        *(("Dec 3", "clock"), ("in 3 weeks", "clock"), ("6pm", "day"), ("a las 18:00", "day")),
        *((each, "every") for each in ("every thursday", "Thursdays at 18:00", "weekly on Thursday 6pm")),
        *((each, "every") for each in ("todos los jueves", "los jueves a las 18", "cada jueves a las 18:00")),
        *((each, "no-day") for each in ("31 Feb", "Feb 30 6pm", "2/29/2027 6pm", "31 de abril a las 18", "13/13 6pm")),
        *((each, "length") for each in ("Dec 3 18:00-20:00", "Dec 3 6 to 7pm", "3 dic de 18:00 a 19:00")),
        *((each, "length") for each in ("10 December 6-8pm", "10 de diciembre 6-8pm", "Dec 3 6pm for 2 hours")),
        *((each, "form") for each in ("tomorow 6", "thrusday 6pm", "manyana a las 18")),
        ("Dec 3 6pm Narnia", "zone"),
    ],
)
def test_what_is_missing_is_said(typed: str, why: str) -> None:
    assert shown(typed, "en") == f"refused: {why}"


@pytest.mark.parametrize(
    ("typed", "zone", "expected"),
    [
        ("3 de diciembre 18:00 hora de México", "America/Mexico_City", "2026-12-03 18:00"),
        ("3 de diciembre 18:00 España", "Europe/Madrid", "2026-12-03 18:00"),
        ("3 de diciembre 18:00 España", "Atlantic/Canary", "asked"),
        ("3 de diciembre 18:00 hora de México", "America/Cancun", "asked"),
        ("Dec 3 6pm Portland", "America/Los_Angeles", "asked"),
        ("3 de diciembre a las 6 h 30 de la tarde", "Europe/Madrid", "2026-12-03 18:30"),
    ],
)
def test_by_their_country_people_in_its_capital_mean_its_clocks(typed: str, zone: str, expected: str) -> None:
    assert shown(typed, "es", zone) == expected


def test_all_that_may_be_meant_is_named() -> None:
    with pytest.raises(UnreadableTime) as problem:
        typed_dates.read("12/3 6pm", HERE, NOW)
    readings = [each.astimezone(ZoneInfo(HERE)) for each in problem.value.readings]
    assert [f"{each:%Y-%m-%d %H:%M}" for each in readings] == ["2026-12-03 18:00", "2027-03-12 18:00"]


def test_what_clocks_show_twice_is_two_times() -> None:
    with pytest.raises(UnreadableTime) as problem:
        typed_dates.read("Oct 31 2027 2:30 am", HERE, NOW)
    assert problem.value.why == "several"
    first, second = problem.value.readings
    assert second - first == timedelta(hours=1)


def test_an_end_is_read_only_where_a_length_is_known() -> None:
    with pytest.raises(UnreadableTime) as problem:
        typed_dates.read("Dec 3 18:00 to 19:30", HERE, NOW)
    assert problem.value.why == "form"


@pytest.mark.parametrize("typed", ["10 December 6-7:30pm", "10 Dec 6pm for 90 minutes", "10 dic 18h durante 90 min"])
def test_an_end_that_is_the_length_is_read(typed: str) -> None:
    assert shown(typed, "en") == "2026-12-10 18:00"


def test_an_offset_that_clocks_have_there_is_no_end() -> None:
    assert shown("Dec 3 03:00-05:00", "en", "America/New_York") == "2026-12-03 03:00"
    assert shown("2026-12-03 10:00-05:00", "en", "UTC") == "2026-12-03 15:00"


def test_tomorrow_is_asked_about_where_it_is_another_day() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # Tuesday in Madrid, Monday in New York
    assert shown("tomorrow 6pm New York", "en", now=late) == "asked"


def test_the_zone_that_was_written_is_the_one_that_is_meant() -> None:
    assert typed_dates.read("Dec 3 6pm Nueva York", HERE, NOW)[1] == "America/New_York"
    assert typed_dates.read("Dec 3 6pm", HERE, NOW)[1] == HERE
    assert typed_dates.read("Dec 3 6pm EST", "America/Toronto", NOW)[1] == "America/New_York"
    assert typed_dates.read("Dec 3 6pm CET", HERE, NOW)[1] == HERE
    assert typed_dates.read("Dec 3 6pm CET", "America/Toronto", NOW)[1] == "CET"
    assert typed_dates.read("Dec 3 6pm GMT", HERE, NOW)[1] == HERE


WHYS = {"", "form", "day", "no-day", "clock", "zone", "gap", "several", "every", "length", "word"}
ZONES = ["Europe/Madrid", "America/New_York", "America/Mexico_City", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


@given(
    day=DAYS, minute=st.integers(0, 24 * 60 - 1), zone=st.sampled_from(ZONES), language=st.sampled_from(["en", "es"])
)
def test_every_time_that_we_say_reads_back_as_itself(day: date, minute: int, zone: str, language: str) -> None:
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - the zone comes next
    at = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    now = at - timedelta(days=30)
    locale = Locale(language, zone)
    assert typed_dates.read(time_texts.long(locale, at), zone, now, language) == (at, zone)


def said(typed: str, language: str = "en") -> str:
    """Why it is not read; empty where it is."""
    try:
        at, _ = typed_dates.read(typed, HERE, NOW, language)
    except UnreadableTime as problem:
        return problem.why
    return "" if at.tzinfo is UTC else "no instant"


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    assert said(typed) in WHYS


NOWHERE = ["6", "2:30", "3/12", "12/3/2026", "Sunday", "mar", "next", "a las 2:30", "28 March 2027", "2026", "31 Oct"]


@given(
    st.lists(st.sampled_from(NOWHERE), min_size=2, max_size=5).map(" ".join),
    st.sampled_from(ZONES),
    st.integers(0, 700 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
def test_what_is_offered_is_to_come_and_exists(typed: str, zone: str, now: datetime) -> None:
    try:
        typed_dates.read(typed, zone, now)
    except UnreadableTime as problem:
        locale = Locale("en", zone)
        for at in problem.readings:
            assert at > now
            assert typed_dates.read(time_texts.in_full(locale, at, zone), zone, now) == (at, zone)


WORDS = [
    *("thursday", "next", "jueves", "dec", "3", "12", "3/12", "2026", "6", "pm", "18:00", "at", "a las", "de la tarde"),
    *("mañana", "in", "weeks", "y media", "-", "mar", "the", "el", "noon", "EST", "2026-12-03", "+02:00"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), st.sampled_from(["en", "es"]))
def test_words_in_any_order_are_read_or_refused(typed: str, language: str) -> None:
    assert said(typed, language) in WHYS
