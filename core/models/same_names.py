"""Where things of one name are, in as few words as tell them apart."""

from collections.abc import Sequence
from pathlib import Path


def whereabouts(paths: Sequence[Path]) -> list[str]:
    """For each path, the folders above it, from the nearest on, as few as no other one has.

    Of two beside each other, which a suffix tells apart, the names of the files themselves.
    """
    return [_whereabouts(path, [other for other in paths if other != path]) for path in paths]


def _whereabouts(path: Path, others: Sequence[Path]) -> str:
    if any(other.parent == path.parent for other in others):
        return path.name
    above = path.parent.parts
    for count in range(1, len(above) + 1):
        near = above[-count:]
        if not any(other.parent.parts[-count:] == near for other in others):
            break
    return str(Path(*near)) if above else str(path)
