"""Named sampling settings: what most people choose from, without knowing the numbers."""

from dataclasses import dataclass
from typing import Any

from core.i18n import _
from core.sampling.settings import Sampling

CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Preset:
    """about: what it does, in one line."""

    label: str
    about: str
    temperature: float
    top_p: float
    top_k: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        """The sampling settings that it stands for."""
        return {"temperature": self.temperature, "top_p": self.top_p, "top_k": self.top_k}


def presets() -> dict[str, Preset]:
    """The presets by their key, labelled in the visitor's language."""
    return {
        "precise": Preset(_("Precise"), _("Likely words: similar answers each time."), 0.2, 0.8),
        "balanced": Preset(_("Balanced"), _("Some variety, seldom off topic."), 0.8, 0.8),
        "creative": Preset(
            _("Creative"), _("Bolder words: more surprises, more mistakes."), 1.2, 0.95
        ),
    }


def preset_of(sampling: Sampling) -> str:
    """The key of the preset that these settings are; `CUSTOM` for any others."""
    for key, preset in presets().items():
        if preset.settings.items() <= sampling.to_dict().items():
            return key
    return CUSTOM


def called(sampling: Sampling) -> str:
    """The settings in a word or two: the preset's name, or the numbers of any others."""
    found = presets().get(preset_of(sampling))
    if found:
        return found.label
    numbers = [f"temperature {sampling.temperature:g}", f"top_p {sampling.top_p:g}"]
    return ", ".join([*numbers, f"top_k {sampling.top_k}"] if sampling.top_k else numbers)
