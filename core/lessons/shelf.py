"""All lessons: those that ship with the project and those of the operator's own folder.

A folder has files `LANGUAGE/ID.md`. A lesson is shown in the visitor's language, or in English,
or in what there is. A file of the operator's takes the place of a built-in one of the same id and
language. A file that cannot be used is told of and left out; the others stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import InvalidInput, NotFound
from core.i18n import SOURCE_LANGUAGE, _, language
from core.lessons.lesson import Lesson, read_lesson

CONTENT = Path(__file__).parent / "content"
MAX_FILE_BYTES = 200_000
MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that cannot be used, and why."""

    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The lessons in order, and what could not be read."""

    lessons: tuple[Lesson, ...]
    problems: tuple[Problem, ...]

    def get(self, lesson_id: str) -> Lesson:
        """The lesson of that id; raises `NotFound`."""
        for lesson in self.lessons:
            if lesson.id == lesson_id:
                return lesson
        raise NotFound(
            _("There is no lesson {name!r}. Available lessons: {known}.").format(
                name=lesson_id, known=", ".join(lesson.id for lesson in self.lessons)
            )
        )


def shelf(own: Path | None = None, shown: str | None = None) -> Shelf:
    """All lessons in the language `shown`, by default the visitor's."""
    wanted = shown or language()
    found: dict[str, Lesson] = {}
    problems: list[Problem] = []
    for folder in (CONTENT, own):
        if folder is None:
            continue
        files = _files(folder, problems)
        for lesson_id in sorted({file.stem for file in files}):
            file = min((f for f in files if f.stem == lesson_id), key=lambda f: _rank(f, wanted))
            # The operator's English does not push out a translation that ships with the project
            before = found.get(lesson_id)
            if before and before.language == wanted != file.parent.name:
                continue
            lesson = _read(file, problems)
            if lesson:
                found[lesson_id] = lesson
    ordered = sorted(found.values(), key=lambda lesson: (lesson.order, lesson.id))
    return Shelf(tuple(ordered), tuple(problems))


def languages(own: Path | None = None) -> list[str]:
    """The languages that there are lessons in, English first."""
    names = {f.name for folder in (CONTENT, own) if folder for f in folder.glob("*") if f.is_dir()}
    return sorted(names, key=lambda name: (name != SOURCE_LANGUAGE, name))


def _rank(file: Path, wanted: str) -> tuple[bool, bool, str]:
    return (file.parent.name != wanted, file.parent.name != SOURCE_LANGUAGE, file.parent.name)


def _files(folder: Path, problems: list[Problem]) -> Sequence[Path]:
    if not folder.is_dir():
        problems.append(Problem(folder, _("There is no such folder. Check PROMPTLAB_LESSONS.")))
        return ()
    files = sorted(folder.glob("*/*.md"))
    for file in sorted(folder.glob("*.md")):
        problems.append(
            Problem(file, _("Put lessons into a folder named after their language, such as en/."))
        )
    return files[:MAX_FILES]


def _read(file: Path, problems: list[Problem]) -> Lesson | None:
    try:
        stat = file.stat()
        return _read_once(file, stat.st_mtime_ns, stat.st_size, language())
    except OSError as error:
        problems.append(Problem(file, error.strerror or str(error)))
    except InvalidInput as error:
        problems.append(Problem(file, str(error)))
    return None


@lru_cache(maxsize=MAX_FILES)
def _read_once(file: Path, _changed_ns: int, size: int, _language: str) -> Lesson:
    """A file as long as it does not change; faults are worded in the visitor's language."""
    if size > MAX_FILE_BYTES:
        raise InvalidInput(
            _("The file has {size} bytes; a lesson can have at most {most}.").format(
                size=size, most=MAX_FILE_BYTES
            )
        )
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(_("The file is not UTF-8. Save it as UTF-8.")) from error
    return read_lesson(file.stem, file.parent.name, text)
