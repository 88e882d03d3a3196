"""The tests; each process of theirs knows the platforms."""

# Not `import adapters.platforms`, which would put the product's `adapters` in the place of `tests.adapters`.
from adapters import platforms as _platforms  # noqa: F401 - registers them
