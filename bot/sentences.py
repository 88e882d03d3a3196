"""What a sentence asks for, though it names no command: `where is the link`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

NAMING_NOTHING = {
    "it", "this", "that", "me", "all", "everything", "please", "now", "my", "the", "registration", "place", "gathering",
    "meeting", "zoom", "link", "today", "tonight",
    "eso", "esto", "todo", "mi", "la", "el", "inscripcion", "plaza", "encuentro", "por", "favor", "ahora",
    "reunion", "enlace", "hoy",
}  # fmt: skip
"""`cancel my registration`, `join the link`: no title is meant."""
PREPOSITIONS = {"for", "from", "to", "with", "para", "en", "de", "del", "a", "al", "con"}
ARTICLES = {"the", "a", "an", "el", "la", "los", "las", "un", "una"}
COMPLETE = {"no voy", "no voy a poder", "can't make it", "cant make it", "cannot make it"}
"""How phrases end that say something else when more follows: `no voy bien`, `I can't make it any longer`."""
POLITE = frozenset({"please", "pls", "plz", "por", "favor", "porfa"})
"""What may stand before a command and says nothing of it."""
GREETINGS = frozenset({"hi", "hello", "hey", "hola", "buenas"})
_ASKED_FOR = {
    "join": ("link", "enlace", "liga", "zoom", "url", "passcode", "password", "contrasena", "get in", "entrar"),
    "register": ("register", "sign up", "inscribo", "inscribir", "inscribirme", "apunto", "apuntar", "apuntarme"),
    "settings": ("reminder", "reminders", "recordatorio", "recordatorios", "time zone", "timezone", "zona horaria"),
    "suggest": ("suggest", "sugerir", "proponer"),
    "list": ("gathering", "gatherings", "encuentro", "encuentros", "meeting", "meetings", "reunion", "reuniones"),
}
"""By command, and the first is meant before the others: none of them undoes anything, and each is offered, not done."""

_TO_SOMEBODY = frozenset((
    *("thanks", "thank", "thx", "ok", "okay", "sorry", "bye", "goodbye", "amen"),
    *("gracias", "vale", "perdon", "adios", "chao"),
    *("human", "person", "somebody", "someone", "anybody", "anyone", "contact", "facilitator", "feedback", "complaint"),
    *("humano", "persona", "alguien", "contacto", "facilitadora", "facilitador", "queja"),
    *("suicide", "suicidal", "die", "dying", "died", "dead", "death", "kill", "crisis", "emergency", "urgent", "sos"),
    *("911", "112", "988", "desperate", "hopeless", "alone", "lonely", "sad", "crying", "cry", "hurt", "hurting"),
    *("pain", "scared", "afraid", "depressed", "lost", "panic", "anxiety", "overwhelmed"),
    *("suicidio", "suicidarme", "morir", "morirme", "muerte", "murio", "muerto", "muerta", "matarme", "emergencia"),
    *("urgente", "socorro", "auxilio", "desesperado", "desesperada", "solo", "sola", "triste", "llorando", "miedo"),
    *("dolor", "deprimido", "deprimida", "perdido", "perdida", "panico", "ansiedad"),
))  # fmt: skip
"""What is meant for a person, and leads to no command, folded."""


def asked_for(words: Sequence[str]) -> str | None:
    """The command that folded words are about; none where they say something else."""
    sentence = f" {' '.join(words)} "
    return next((word for word, phrases in _ASKED_FOR.items() if any(f" {p} " in sentence for p in phrases)), None)


def is_said_to_somebody(words: Sequence[str]) -> bool:
    """One such word alone, and no other: it is not read back as one that is unknown."""
    return len(words) == 1 and words[0] in _TO_SOMEBODY
