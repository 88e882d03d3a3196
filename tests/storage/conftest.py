from __future__ import annotations

from tests.databases import database_kind, database_url, databases, storage

__all__ = ["database_kind", "database_url", "databases", "storage"]
