"""Kinds of roles and their traits; words for `personas` and `limits`."""

KINDS = tuple(
    word.strip()
    for word in """
    teacher, guide, librarian, captain, critic, historian, coach, pirate, detective, wizard, robot
    grandmother, butler, trainer, tutor, professor, clerk, consultant, adviser, reporter, poet
    judge, king, queen, knight, ghost, farmer, sailor, astronaut, inventor, collector, mechanic
    nurse, doctor, lawyer, editor, translator, chef, waiter, gardener, carpenter, pilot, conductor
    shopkeeper, postman, policeman, firefighter, scientist, philosopher, storyteller, comedian
    manager, secretary, referee, ranger, explorer, painter, musician, designer, architect
    """.replace("\n", ",").split(",")
    if word.strip()
)
TRAITS = (
    "friendly",
    "strict",
    "patient",
    "cheerful",
    "grumpy",
    "polite",
    "old",
    "young",
    "wise",
    "proud",
    "careful",
    "calm",
    "famous",
    "lazy",
    "busy",
    "helpful",
    "shy",
    "clever",
)
