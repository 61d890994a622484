"""What an experiment takes and how far it is, in words."""

from core.experiments.estimate import Estimate
from core.experiments.run import Progress
from core.i18n import _, compact, ngettext
from core.servers.prices import amount


def estimate_line(guess: Estimate) -> str:
    """Answers, tokens, minutes and price of what is still to come, in one line of plain text."""
    if not guess.answers:
        return _("All answers are there.")
    said = [answers_text(guess.answers)]
    if guess.new_tokens is not None and guess.prompt_tokens is not None:
        said.append(
            _("about {read} tokens read and {written} written").format(
                read=compact(_rough(guess.prompt_tokens)), written=compact(_rough(guess.new_tokens))
            )
        )
    elif guess.most_new_tokens is not None:
        said.append(
            _("at most {written} tokens written").format(written=compact(guess.most_new_tokens))
        )
    if guess.seconds is None:
        said.append(_("how long is not known yet: try some first"))
    else:
        said.append(_("about {time}").format(time=duration(guess.seconds)))
    if guess.costs:
        costs = " + ".join(amount(cost, unit) for unit, cost in sorted(guess.costs.items()))
        said.append(_("price about {price}").format(price=costs))
    return " · ".join(said)


def answers_text(count: int) -> str:
    """A number of answers."""
    return ngettext("{count:,} answer", "{count:,} answers", count).format(count=count)


def progress_line(progress: Progress) -> str:
    """How far a run is, and for how long it goes on."""
    said = _("{done:,} of {whole:,} answers").format(done=progress.done, whole=progress.wanted)
    if progress.failed:
        said += " · " + ngettext(
            "{count:,} not answered", "{count:,} not answered", progress.failed
        ).format(count=progress.failed)
    left = progress.seconds_left
    if left is not None:
        said += " · " + _("about {time} left").format(time=duration(left))
    return said


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 6 min, 2 h 10 min."""
    if seconds < 90:
        return _("{count} s").format(count=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 90:
        return _("{count} min").format(count=minutes)
    return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)


def _rough(count: int) -> int:
    """To two digits: it is a guess."""
    step = 10 ** max(0, len(str(count)) - 2)
    return round(count / step) * step
