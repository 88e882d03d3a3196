"""The tests; each process of theirs knows the platforms."""

import adapters.platforms  # noqa: F401 - registers them
