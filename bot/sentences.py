"""What a sentence asks for, though it names no command: `where is the link`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

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
