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


def asked_for(words: Sequence[str]) -> str | None:
    """The command that folded words are about; none where they say something else."""
    sentence = f" {' '.join(words)} "
    return next((word for word, phrases in _ASKED_FOR.items() if any(f" {p} " in sentence for p in phrases)), None)
