"""Gatherings in files: a spreadsheet's `.csv`, a calendar's `.ics`.

`read` a file into Rows, `keep` them all or none, `write` gatherings back. A Zoom link goes in and never out.
"""

from adapters.files.keeping import Tally, keep
from adapters.files.reading import FORMATS, SIZE_LIMIT, Programme, examined, read
from adapters.files.rows import Misread, Row
from adapters.files.writing import write

__all__ = ["FORMATS", "SIZE_LIMIT", "Misread", "Programme", "Row", "Tally", "examined", "keep", "read", "write"]
