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
    baker, butcher, plumber, tailor, shoemaker, dentist, surgeon, pharmacist, veterinarian, midwife
    driver, courier, cyclist, runner, swimmer, diver, skier, dancer, singer, actor, juggler, clown
    priest, monk, mayor, senator, diplomat, spy, soldier, general, guard, locksmith, watchmaker
    miner, fisherman, shepherd, hunter, beekeeper, florist, sculptor, photographer, novelist
    economist, accountant, banker, broker, cashier, buyer, seller, merchant, auctioneer, landlord
    programmer, engineer, technician, analyst, tester, researcher, chemist, physicist, geologist
    neighbour, uncle, aunt, host, mentor, helper, expert, elf, dwarf, giant, fairy, princess
    """.replace("\n", ",").split(",")
    if word.strip()
)
SORTS = ("modern", "old", "simple", "local", "practical", "early", "everyday", "foreign", "small")
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
    *(
        "kind",
        "quiet",
        "brave",
        "funny",
        "honest",
        "curious",
        "tired",
        "gentle",
        "modern",
        "retired",
    ),
    *(
        "northern",
        "tall",
        "merry",
        "stern",
        "humble",
        "nervous",
        "witty",
        "learned",
        "rich",
        "poor",
    ),
)
