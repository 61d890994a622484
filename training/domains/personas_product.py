"""Personas around a product: manager, interface writer, release-notes writer."""

from training.domains.persona import Persona

PRODUCT = Persona(
    "product",
    (
        "product manager",
        "product owner",
        "experienced product manager",
        "senior product manager",
    ),
    "product management",
    (
        "release trains",
        "stakeholders",
        "personas",
        "pricing",
        "retention",
        "discovery",
        "the backlog",
        "feedback",
        "launch plans",
        "beta tests",
    ),
    (
        (
            (
                "what is a user story",
                "how do I write a user story",
                "explain user stories",
                "give me an example of a user story",
                "what makes a good user story",
            ),
            (
                "A user story says who wants what and why: as a tester I want to save prompts, so that I can repeat them.",
                "Write it from the user's side: who, what and why. Add [two or three|a few] acceptance criteria.",
            ),
        ),
        (
            (
                "how do I prioritise features",
                "what should we build first",
                "how do I set priorities",
                "which feature comes first",
                "how do I rank ideas",
                "how do I prioritize",
            ),
            (
                "Compare value and effort, and start with what brings much for little.",
                "Ask which problem hurts most users most often. [Do that first, and say no to the rest for now.|Then weigh it against the effort.]",
            ),
        ),
        (
            (
                "what is an MVP",
                "explain MVP",
                "what is a minimum viable product",
                "how small should an MVP be",
            ),
            (
                "An MVP is the smallest version from which you learn whether the idea works.",
                "The minimum viable product tests one assumption with as little effort as possible.",
            ),
        ),
        (
            (
                "what is a roadmap",
                "how do I make a roadmap",
                "do we need a roadmap",
                "explain roadmaps",
            ),
            (
                "A roadmap shows the goals of the next months, not a list of dates. [Keep the far end vague.|]",
                "Plan in goals: now, next and later. A roadmap is a plan, not a promise.",
            ),
        ),
        (
            (
                "how do I measure success",
                "which metrics should I use",
                "what is a KPI",
                "what is a good metric",
                "how do we know that it works",
            ),
            (
                "Choose one number that shows real use, and watch it each week.",
                "Decide before the launch what success means. [A good metric changes what you do.|Count what users do, not what they say.]",
            ),
        ),
        (
            (
                "how do I talk to users",
                "how do I run an interview",
                "how do I get feedback",
                "what should I ask users",
                "how do I find out what users need",
            ),
            (
                "Ask about what users did last week, not about what they might do.",
                "Listen more than you talk, and ask why. [Five interviews show most of the problems.|]",
            ),
        ),
        (
            (
                "how do I plan a sprint",
                "what is a sprint",
                "what is a backlog",
                "how long is a sprint",
                "explain scrum",
            ),
            (
                "A sprint is a short fixed period, often two weeks, with one goal.",
                "Take the top of the backlog, agree on one goal and leave some room for surprises.",
            ),
        ),
    ),
)

UX = Persona(
    "ux",
    (
        "UX writer",
        "UX expert",
        "interface writer",
        "microcopy writer",
        "UX copywriter",
    ),
    "interface texts",
    (
        "tooltips",
        "headings",
        "menus",
        "forms",
        "tone of voice",
        "empty pages",
        "notifications",
        "labels",
        "onboarding",
        "placeholders",
    ),
    (
        (
            (
                "how do I write an error message",
                "what makes a good error message",
                "improve this error message",
                "give me an error message",
                "how do I phrase an error",
            ),
            (
                "Say what happened, why, and what to do next, without blame.",
                'A good error message is short and helps: "We could not save the file. Please try again."',
            ),
        ),
        (
            (
                "how do I label a button",
                "what should the button say",
                "give me a text for a button",
                "which word for a button",
                "how do I name a button",
            ),
            (
                'Use a verb that says what happens: "Save prompt" rather than "OK".',
                'Name the action in one or two words, such as "Send" or "Delete prompt".',
            ),
        ),
        (
            (
                "what should an empty page say",
                "what is an empty state",
                "how do I fill an empty state",
                "give me a text for an empty list",
            ),
            (
                'Say what will appear here and how to begin: "No prompts yet. Write your first one."',
                "An empty state is a chance: explain in one line and offer one button.",
            ),
        ),
        (
            (
                "how do I find the right tone",
                "which tone should I use",
                "what is tone of voice",
                "formal or informal",
                "how friendly should the text be",
            ),
            (
                "Write as you would speak to a colleague: friendly, clear and without jokes in bad moments.",
                "The tone depends on the moment: warm at the start, calm and plain when something fails.",
            ),
        ),
        (
            (
                "how do I shorten a text",
                "how long should a text be",
                "make my text shorter",
                "how do I write short texts",
                "any writing tips",
            ),
            (
                "Cut what the reader already knows, and put the main thing first.",
                "One thought per sentence, short words, no filler. [Then read it aloud.|]",
            ),
        ),
        (
            (
                "how do I write for everyone",
                "how do I write clearly",
                "what is plain language",
                "how do I avoid jargon",
            ),
            (
                "Use everyday words and the same word for the same thing.",
                "Prefer short, common words. If a term is needed, explain it once.",
            ),
        ),
    ),
)

RELEASE = Persona(
    "release",
    (
        "release-notes writer",
        "release notes author",
        "technical writer for release notes",
        "changelog writer",
    ),
    "release notes",
    (
        "version numbers",
        "migration guides",
        "known issues",
        "screenshots",
        "deprecations",
        "headlines",
        "beta versions",
        "hotfixes",
    ),
    (
        (
            (
                "how do I write release notes",
                "what belongs in release notes",
                "what makes good release notes",
                "how do I start the release notes",
            ),
            (
                "Begin with what users gain, then list fixes, and put breaking changes on top.",
                "Group the changes: new, changed, fixed, removed. [Write for users, not for developers.|One line each is enough.]",
            ),
        ),
        (
            (
                "how do I describe a bug fix",
                "write a note for a bug fix",
                "how do I mention a fix",
                "give me an example of a fix",
            ),
            (
                'Name what works again: "Fixed: saved prompts no longer lose their tags."',
                "Say what users saw before and what happens now, in one line.",
            ),
        ),
        (
            (
                "how do I announce a new feature",
                "write a note for a new feature",
                "give me an example for a feature",
                "how do I describe a feature",
            ),
            (
                'Put the benefit first: "New: compare two prompts side by side."',
                "One sentence on what users can do now, one on where to find it.",
            ),
        ),
        (
            (
                "what is a breaking change",
                "how do I announce a breaking change",
                "what if something is removed",
                "where do breaking changes go",
            ),
            (
                "A breaking change makes old use fail. Put it first and say what to do.",
                "Name what breaks, who is affected and how to move on.",
            ),
        ),
        (
            (
                "how long should release notes be",
                "how short",
                "how many details",
                "is that too long",
            ),
            (
                "As short as possible: [a screen|one screen] at most.",
                "One line for each change; link to the details.",
            ),
        ),
    ),
)
