"""What the model thinks of the token that a class has guessed."""

from core.backends.tokenizer import Tokenizer
from core.i18n import _
from core.sampling.distribution import Distribution
from core.tokens.pieces import text_of
from ui.charts.distribution import percent
from ui.charts.tokens import token_label
from ui.charts.words import times
from ui.shell.presenting import guessed
from ui.shell.text import label

_LOOKED_AT = 3000  # of the likeliest tokens


def guess_judged(tokenizer: Tokenizer, shown: Distribution) -> str:
    """What the model's own probabilities say of the guess; empty without one."""
    guess = guessed()
    if not guess:
        return ""
    found = guessed_token(tokenizer, shown, guess)
    if found is None:
        return _("The class guessed “{guess}”: the model finds that hardly possible.").format(
            guess=label(guess)
        )
    share = float(shown.raw[found])
    return _(
        "The class guessed “{guess}”: the model would write {token} {often} ({share}); that is its "
        "choice number {rank}."
    ).format(
        guess=label(guess),
        token=f"**{label(token_label(tokenizer.piece(found)))}**",
        often=times(share),
        share=percent(share),
        rank=shown.rank(found),
    )


def guessed_token(tokenizer: Tokenizer, shown: Distribution, guess: str) -> int | None:
    """The token that the guess begins with: the longest of the likely ones, and of equals the
    likeliest. Capitals and the blank before a word do not matter."""
    wanted, best, longest = guess.strip().casefold(), None, 0
    for token in shown.top(_LOOKED_AT):
        text = text_of(tokenizer.piece(token)).strip().casefold()
        if len(text) > longest and wanted.startswith(text):
            best, longest = token, len(text)
    return best
