"""What it costs: each process of it knows the platforms."""

import adapters.platforms  # noqa: F401 - registers them
