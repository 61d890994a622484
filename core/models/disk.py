"""Whether a disk has room for what is to come."""

import shutil
from pathlib import Path

from core.errors import FetchError
from core.i18n import _
from core.models.plan import gigabytes


def check_room(folder: Path, needed: int) -> None:
    """Raise `FetchError` where the disk of `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise FetchError(
            _(
                "The download needs {needed}, and {folder} has {free} free. Free some space there."
            ).format(needed=gigabytes(needed), folder=folder, free=gigabytes(free))
        )
