"""What a visitor is in the middle of with lessons, and the jobs that run the experiments.

A job is named by a random token, which the URL has as `?job=`: a page that is opened with it, by a
reload too, attaches to the job or shows its result, as long as the server has it.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import uuid4

import streamlit as st

from core.backends.backend import Backend
from core.errors import PromptLabError
from core.jobs import Job, Work
from core.lessons.experiment import Experiment, Path
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson
from core.lessons.promises import Kept
from core.lessons.results import Result
from ui.shell import resources

JOB = "job"
Outcome = TypeVar("Outcome")


def _token_of_url() -> str:
    return st.query_params.get(JOB, "")


@dataclass(slots=True)
class Trial(Generic[Outcome]):
    """Something that runs in a job, and what came of it.

    about: the model, and what runs on it: with another one a token finds no job. token: the one of
    the URL at first; own: it was made here. ended: whether it is known how it ended; result: None
    where it was stopped, or failed by `error`. They are kept here because the server forgets ended
    jobs.
    """

    about: tuple[Hashable, ...]
    token: str = field(default_factory=_token_of_url)
    own: bool = False
    ended: bool = False
    result: Outcome | None = None
    error: PromptLabError | None = None

    @property
    def key(self) -> Hashable:
        """The job's."""
        return ("lesson", self.token, *self.about)

    def start(self, backend: Backend, work: Work, *about: Hashable) -> Job:
        """Run this on a model, in the place of what ran before."""
        self.forget()
        self.about, self.token, self.own = about, uuid4().hex, True
        self.ended, self.result, self.error = False, None, None
        st.query_params[JOB] = self.token
        return resources.start(self.key, backend, work)

    def look(self) -> Job | None:
        """The job while it is running; what came of one that has ended is noted."""
        job = None if self.ended else resources.jobs().get(self.key)
        if job and not job.running:
            self.ended, self.result, self.error = True, job.result, job.error
        if (job or self.ended) and st.query_params.get(JOB) != self.token:
            st.query_params[JOB] = self.token
        return None if self.ended else job

    def forget(self) -> None:
        """End it for good, where it was begun here: that of a link is somebody else's."""
        if self.own:
            resources.jobs().forget(self.key)


@dataclass(slots=True)
class Attempt:
    """What a visitor did with one lesson on one model.

    trial: of the experiment with these values. values: changed settings, by their path. answer:
    the place of the answer to the check question. notice: what the link had that could not be used.
    wanted: a run that a click at the foot of the page asked for, until it is begun.
    """

    lesson: Lesson
    trial: Trial[Result]
    values: dict[Path, Any] = field(default_factory=dict)
    answer: int | None = None
    notice: str = ""
    wanted: bool = False

    def want(self) -> None:
        """Ask for a run."""
        self.wanted = True

    @property
    def experiment(self) -> Experiment:
        """The experiment with the visitor's settings."""
        return changed(self.lesson.values, self.values) if self.values else self.lesson.experiment


@dataclass(slots=True)
class LessonState:
    """attempts: by lesson, language and model. checks: a teacher's, by model and language.

    names: the settings of the lesson on screen, as the URL calls them. finished: ids of lessons.
    forgetting: the wish to forget them that the browser has not fulfilled yet, by a name of its
    own.
    """

    attempts: dict[tuple[str, str, str], Attempt] = field(default_factory=dict)
    checks: dict[tuple[str, str], Trial[list[Kept]]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    finished: set[str] = field(default_factory=set)
    forgetting: str = ""
