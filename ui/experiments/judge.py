"""A judge beside the rules: what it is asked, asking it, and what its opinions are worth.

Nothing here decides which variant is better: a judge's opinion is shown as one, with how far it
agrees with the ratings by hand.
"""

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.checks.judge import Agreement, Judge, Scale, Verdict
from core.errors import InvalidInput
from core.experiments.judging import Judged, judge_answers, judged, unjudged
from core.experiments.opinions import Difference, Judging, Opinion, Tally, by_hand
from core.experiments.records import Answer, Experiment
from core.experiments.run import Loading
from core.i18n import _, ngettext, sentences
from ui.experiments.answer import open_alone
from ui.experiments.models import choices_of, offered, usual_model
from ui.experiments.reading_state import question_title
from ui.experiments.running import Stopped, hold_model
from ui.experiments.told import duration
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import check_may_load
from ui.shell.held import held, held_choice
from ui.shell.leaving import elsewhere, leaving_line
from ui.shell.membership import check_may_start
from ui.shell.session import state
from ui.shell.text import label, lines, typed
from ui.shell.under_way import how_far

_KIND = "judge"
_LOOK_S = 1.0
# So many answers are judged at first, and so many are listed
USUAL = 30
_PAGE = 10
Shown = Literal["differ", "failed", "passed", "unread"]
_SIGNS = {True: ":blue[✓]", False: ":orange[✗]", None: ":gray[?]"}


@dataclass(slots=True)
class JudgeState:
    """shown: which opinions are listed, by experiment; pages: how many pages of them."""

    shown: dict[str, Shown] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgeForm:
    """What stands in the form of an experiment's judge, whether or not it can be asked."""

    rubric: str
    scale: Scale
    passes_from: int
    model: str
    most: int

    def judging(self) -> Judging:
        """The judge that was written; raises `InvalidInput` for what is none."""
        return Judging(Judge(self.rubric, self.scale, self.passes_from), self.model)


def judge_pane(experiment: Experiment, answers: Sequence[Answer]) -> None:
    """Draw the judge of an experiment, and what it said of these answers."""
    st.markdown("#### " + _("A judge’s opinion"))
    st.caption(
        _(
            "A model reads each answer by your rubric. Its opinion stands beside the rules and "
            "decides nothing: the verdict above is made without it."
        )
    )
    with st.container(key="judge_pane"), boundary():
        form = _form_of(experiment)
        running = resources.jobs().running(_job(experiment.id))
        if experiment.own and running is None:
            _write(experiment, answers, form)
        try:
            by = form.judging()
        except InvalidInput as error:
            st.error(lines(str(error)), icon=":material/error:")
            return
        opinions = resources.store().experiments.opinions(experiment, by)
        if running is not None:
            _progress(experiment)
        elif experiment.own:
            _asking(experiment, answers, by, opinions, form.most)
        _ended(experiment)
        if opinions:
            _results(experiment, answers, by, opinions)
        elif not experiment.own:
            st.caption(_("No judge was asked."))


def _job(experiment_id: str) -> Hashable:
    return "judge", experiment_id


# --- what it is asked ---------------------------------------------------------------------


def _form_of(experiment: Experiment) -> JudgeForm:
    """What was typed last; else the judge that was asked last."""
    kept = resources.store().drafts.get(_KIND, experiment.id) or {}
    judges = () if kept else resources.store().experiments.judges(experiment)
    last = judges[0] if judges else Judging(Judge(), usual_model())
    before = JudgeForm(**last.judge.to_dict(), model=last.model, most=USUAL)
    try:
        form = JudgeForm(
            *(_same_type(kept.get(name), getattr(before, name)) for name in JudgeForm.__slots__)
        )
    except TypeError:
        return before  # of another version
    return form if form.scale in ("verdict", "grade") else before


def _same_type(value: Any, default: Any) -> Any:
    return value if type(value) is type(default) else default


def _keep(experiment: Experiment, name: str, value: Any) -> None:
    form = _form_of(experiment)
    kept = {one: getattr(form, one) for one in JudgeForm.__slots__} | {name: value}
    resources.store().drafts.put(_KIND, experiment.id, kept)


def _write(experiment: Experiment, answers: Sequence[Answer], form: JudgeForm) -> None:
    def box(name: str) -> dict[str, Any]:
        key = f"judge_{name}_{experiment.id}"
        return held(key, getattr(form, name), partial(_keep, experiment, name))

    st.text_area(
        _("Rubric"),
        height=90,
        help=_("What a good answer is, in your words. The judge goes by this alone."),
        **box("rubric"),
    )
    names = offered(form.model)
    scales = {"verdict": _("Pass or fail"), "grade": _("Grade from 1 to 5")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control(
            _("It gives"),
            list(scales),
            required=True,
            format_func=lambda scale: scales[scale],
            **box("scale"),
        )
        if form.scale == "grade":
            st.selectbox(_("Passes from"), range(1, 6), width=120, **box("passes_from"))
        st.selectbox(
            _("Model that judges"),
            list(names),
            format_func=lambda value: names[value],
            width=280,
            **held_choice(
                f"judge_model_{experiment.id}", form.model, partial(_keep, experiment, "model")
            ),
        )
    _about_model(experiment, form.model)
    if answers:
        with st.expander(_("What the judge reads"), icon=":material/visibility:", type="compact"):
            _prompt(experiment, answers, form)


def _about_model(experiment: Experiment, model: str) -> None:
    """Where answers go, and that a model which judges itself is kind."""
    said: list[str] = []
    with boundary():
        choices_of([model])  # one that is not there is told of
        said += filter(None, [leaving_line(elsewhere([model]))])
    spec = experiment.spec
    if model in {experiment.model_of(variant) for variant in range(len(spec.variants))}:
        said.append(_("This model wrote answers here itself. Models tend to be kind to their own."))
    if said:
        st.caption("  \n".join(said))


def _prompt(experiment: Experiment, answers: Sequence[Answer], form: JudgeForm) -> None:
    first = next((one for one in answers if one.answered and one.texts), None)
    if first is None:
        st.caption(_("There is no answer yet."))
        return
    with boundary():
        request = form.judging().judge.request(judged(experiment, first))
        for message in request.messages or ():
            st.code(message.content, language=None, wrap_lines=True)


# --- asking it ----------------------------------------------------------------------------


def _asking(
    experiment: Experiment,
    answers: Sequence[Answer],
    by: Judging,
    opinions: Sequence[Opinion],
    most: int,
) -> None:
    left = len(unjudged(answers, opinions))
    if not left:
        if opinions:
            st.caption(_("This judge has an opinion of every answer."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            _("Answers to judge"),
            min_value=1,
            max_value=left,
            step=1,
            width=160,
            help=_("Those that you rated by hand come first."),
            **held(
                f"judge_most_{experiment.id}",
                max(1, min(most, left)),
                partial(_keep, experiment, "most"),
            ),
        )
        st.button(
            _("Ask the judge") if not opinions else _("Go on judging"),
            key="judge_start",
            icon=":material/gavel:",
            type="primary",
            on_click=explained(_start),
            args=(experiment,),
        )
        st.caption(
            ngettext(
                "{count:,} answer has no opinion yet.",
                "{count:,} answers have no opinion yet.",
                left,
            ).format(count=left)
        )


def _start(experiment: Experiment) -> None:
    # A click may be told before what was typed until then
    for name in ("rubric", "most"):
        value = st.session_state.get(f"judge_{name}_{experiment.id}")
        if value is not None:
            _keep(experiment, name, value)
    form = _form_of(experiment)
    by, most = form.judging(), form.most
    check_may_start()
    choices = choices_of([by.model])
    check_may_load(list(choices.values()))
    store, host, jobs = resources.store(), resources.host(), resources.jobs()
    job_key = _job(experiment.id)

    def stopped() -> bool:
        job = jobs.get(job_key)
        return job is not None and job.stopping

    def work() -> Generator[tuple[Hashable, Judged | Loading], None, Judged | None]:
        hold = partial(hold_model, host, choices, stopped)
        try:
            return (yield from judge_answers(store.experiments, experiment, by, hold, most))
        except Stopped:
            return None

    jobs.start(job_key, work)


@st.fragment(run_every=_LOOK_S)
def _progress(experiment: Experiment) -> None:
    """How far it is, as long as it goes on; then the whole page anew."""
    job = resources.jobs().running(_job(experiment.id))
    if job is None:
        st.rerun()
        return
    told, loading = job.last(Judged), job.last(Loading)
    fraction, said = 0.0, _("Starting…")
    if loading and loading.model:
        said = _("Loading {name}…").format(name=label(resources.called(loading.model)))
    elif told:
        fraction = (told.done + told.refused) / max(1, told.wanted)
        said = _("{done:,} of {whole:,} answers judged").format(done=told.done, whole=told.wanted)
        if told.seconds_left is not None:
            said += " · " + _("about {time} left").format(time=duration(told.seconds_left))
    how_far(fraction, said, "judge_stop", job.stop if experiment.own else None)


def _ended(experiment: Experiment) -> None:
    """What has ended it, if it was an error; and what could not be put to it."""
    job = resources.jobs().get(_job(experiment.id))
    if job is None or job.running:
        return
    if job.error:
        st.error(lines(str(job.error)), icon=":material/error:")
    elif job.result and job.result.refused:
        st.caption(
            ngettext(
                "{count:,} answer is too long for this judge.",
                "{count:,} answers are too long for this judge.",
                job.result.refused,
            ).format(count=job.result.refused)
        )


# --- what it said -------------------------------------------------------------------------


def _results(
    experiment: Experiment, answers: Sequence[Answer], by: Judging, opinions: Sequence[Opinion]
) -> None:
    tally = Tally.of(opinions)
    if tally.told:
        said = _("The judge passed {passed:,} of {told:,} answers.").format(
            passed=tally.passed, told=tally.told
        )
        if tally.unread:
            unread = _("On {count:,} it gave no verdict.").format(count=tally.unread)
            said = sentences((said, unread))
    else:
        said = ngettext(
            "The judge gave no verdict on {count:,} answer.",
            "The judge gave no verdict on any of {count:,} answers.",
            tally.unread,
        ).format(count=tally.unread)
    st.markdown(
        f":material/gavel: **{said}** "
        + _("An opinion of {model}.").format(model=label(resources.called(by.model)))
    )
    if tally.unread > tally.told:
        st.caption(
            _(
                "This model mostly does not end with the verdict that it is asked for. Choose a larger "
                "one: small models cannot judge."
            )
        )
    if not tally.told:
        _listed(experiment, opinions, ())
        return
    _by_variant(experiment, answers, opinions)
    found, differing = by_hand(opinions, answers)
    _worth(found)
    _listed(experiment, opinions, differing)


def _by_variant(
    experiment: Experiment, answers: Sequence[Answer], opinions: Sequence[Opinion]
) -> None:
    """Per variant what the judge passed, and beside it what the rules made of the same answers."""
    given = {one.place: one for one in answers}
    rows = []
    for place, variant in enumerate(experiment.spec.variants):
        own = [one for one in opinions if one.place.variant == place]
        tally = Tally.of(own)
        ruled = [given[one.place].passed(experiment.spec) for one in own if one.place in given]
        told = [one for one in ruled if one is not None]
        rows.append(
            {
                _("Variant"): variant.name,
                _("The judge passed"): _share(tally.passed, tally.told),
                _("Rules and ratings passed, of the same answers"): _share(sum(told), len(told)),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key="judge_variants")


def _share(count: int, of: int) -> str:
    return _("{count:,} of {whole:,}").format(count=count, whole=of) if of else "–"


def _worth(found: Agreement | None) -> None:
    """How far it agrees with the ratings by hand."""
    if found is None:
        st.caption(
            _("How far can it be believed? Rate some answers by hand, and it is compared with you.")
        )
        return
    said = [
        _(
            "It agrees with the ratings by hand on {same:,} of {count:,} answers ({share:.0f} %)."
        ).format(same=round(found.share * found.count), count=found.count, share=100 * found.share)
    ]
    if found.kappa is not None:
        kappa = f"{found.kappa:.2f}".replace("-", "−")
        said.append(_("Cohen’s kappa {kappa}.").format(kappa=kappa))
    said.append(
        _("Too kind: {kind:,}. Too strict: {strict:,}.").format(
            kind=found.too_kind, strict=found.too_strict
        )
    )
    st.markdown(
        sentences(said),
        help=_(
            "Kappa is 1 where both always agree, and 0 where they agree no more than by chance. It "
            "is left out where either gave the same verdict to all. Too kind: the judge passed what "
            "was failed by hand. Few ratings say little."
        ),
    )


def _listed(
    experiment: Experiment, opinions: Sequence[Opinion], differing: Sequence[Difference]
) -> None:
    """The opinions of one sort, a page at a time, each with all that the judge wrote."""
    differs = {one.place for one in differing}
    sorts: dict[Shown, tuple[str, list[Opinion]]] = {
        "differ": (_("Other than by hand"), [o for o in opinions if o.place in differs]),
        "failed": (_("Failed"), [o for o in opinions if o.verdict.passed is False]),
        "passed": (_("Passed"), [o for o in opinions if o.verdict.passed]),
        "unread": (_("No verdict"), [o for o in opinions if o.verdict.passed is None]),
    }
    there: list[Shown] = [name for name, (_title, found) in sorts.items() if found]
    mine, id = state(JudgeState), experiment.id
    chosen = mine.shown.get(id)
    chosen = chosen if chosen in there else there[0]

    def show(name: Shown) -> None:
        mine.shown[id] = name
        mine.pages.pop(id, None)

    def more() -> None:
        mine.pages[id] = mine.pages.get(id, 1) + 1

    st.segmented_control(
        _("Opinions"),
        there,
        required=True,
        format_func=lambda name: f"{sorts[name][0]} · {len(sorts[name][1]):,}",
        label_visibility="collapsed",
        **held(f"judge_shown_{id}", chosen, show),
    )
    found = sorts[chosen][1]
    for opinion in found[: _PAGE * mine.pages.get(id, 1)]:
        _opinion(experiment, opinion, opinion.place in differs)
    if len(found) > _PAGE * mine.pages.get(id, 1):
        st.button(
            _("Show more"),
            key="judge_more",
            type="tertiary",
            icon=":material/expand_more:",
            on_click=explained(more),
        )


def _opinion(experiment: Experiment, opinion: Opinion, differs: bool) -> None:
    place = opinion.place
    variant = label(experiment.spec.variants[place.variant].name)
    said = f"{_SIGNS[opinion.verdict.passed]} {question_title(experiment.spec, place.row)}"
    said += f" · {variant} · " + _("try {number}").format(number=place.attempt + 1)
    if opinion.verdict.grade is not None:
        said += " · " + _("grade {grade}").format(grade=opinion.verdict.grade)
    if differs:
        by_people = _("passed by hand") if opinion.verdict.passed is False else _("failed by hand")
        said += f" · **{by_people}**"
    key = "_".join(map(str, place))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(said, width="stretch")
        with st.popover(_("What it said"), type="tertiary", key=f"judge_raw_{key}"):
            _raw(opinion.verdict)
        st.button(
            _("Open"),
            key=f"judge_open_{key}",
            type="tertiary",
            icon=":material/open_in_full:",
            on_click=explained(open_alone),
            args=(place,),
        )


def _raw(verdict: Verdict) -> None:
    """All that the judge wrote, as it is."""
    if verdict.passed is None:
        st.caption(_("Its last line is no verdict, and nobody guesses one."))
    st.text(typed(verdict.raw) if verdict.raw.strip() else "∅")
