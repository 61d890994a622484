"""Slot values: names, places, things, and made-up words that nothing but copying can produce."""

from training import vocabulary
from training.grammar import Draw


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


FIRST_NAMES = _split("""
Anna, Ben, Clara, David, Emma, Felix, Greta, Hannah, Ivan, Julia, Karl, Laura, Maria, Noah, Olivia
Paul, Quentin, Rosa, Simon, Tina, Ursula, Victor, Wendy, Xavier, Yara, Zoe, Ahmed, Bea, Carlos, Dana
Elena, Farid, Gina, Hugo, Ines, Jonas, Kira, Leon, Mina, Nora, Omar, Petra, Rafael, Sofia, Tom, Uma
Vera, Walter, Yusuf, Aisha, Bruno, Chen, Dora, Erik, Fiona, George, Helga, Igor, Jane, Kenji, Lucia
Marco, Nina, Otto, Priya, Ralph, Sam, Theo, Vikram, Mei, Lena, Max, Alice, Bob, Carol, Daniel, Eve
Frank, Grace, Henry, Iris, Jack, Kate, Liam, Mia, Oscar, Pia, Robert, Sarah, Thomas, Valerie, Will
Peter, Martin, Stefan, Monika, Sabine, Michael, John, Mary, Alex, Chris, Robin, Kim, Lee, Ada, Linus
Amir, Bianca, Cedric, Delia, Emil, Freya, Gustav, Hilda, Isaac, Joana, Klara, Lars, Matteo, Nadia
Oskar, Paula, Rita, Sven, Talia, Ulrich, Viola, Wanda, Yves, Zara, Arun, Bella, Cyril, Doris, Edgar
""")

CITIES = _split("""
Vienna, Paris, London, Berlin, Rome, Madrid, Lisbon, Prague, Oslo, Helsinki, Athens, Dublin, Warsaw
Salzburg, Graz, Linz, Munich, Hamburg, Zurich, Geneva, Milan, Venice, Naples, Porto, Seville, Lyon
Tokyo, Kyoto, Osaka, Beijing, Shanghai, Delhi, Mumbai, Cairo, Nairobi, Lagos, Lima, Quito, Bogota
Boston, Chicago, Denver, Seattle, Toronto, Montreal, Sydney, Perth, Auckland, Seoul, Hanoi, Bangkok
Istanbul, Tallinn, Riga, Vilnius, Zagreb, Split, Sofia, Bergen, Leeds, York, Bath, Bremen, Basel
""")

ANIMALS = _split("""
fox, owl, rabbit, hedgehog, cat, dog, mouse, bear, wolf, turtle, frog, duck, goose, horse, donkey
goat, sheep, squirrel, badger, otter, beaver, deer, sparrow, raven, heron, swan, crab, whale, dolphin
penguin, seal, tiger, lion, elephant, giraffe, monkey, camel, snail, bee, butterfly, spider, ant
crow, pigeon, parrot, mole, lizard, dragon, pony, kitten, puppy, moose, octopus, panda, koala, robin
""")

PLACES = _split("""
forest, village, valley, harbour, garden, library, castle, mountain, island, desert, market, mill
lighthouse, meadow, swamp, cave, river, lake, city, farm, school, museum, bakery, orchard, bridge
tower, workshop, station, theatre, beach, park, train, ship, kitchen, attic, hill, canyon, field
""")

THINGS = _split("""
key, lantern, map, book, clock, bell, coin, mirror, kite, drum, violin, compass, feather, stone, cup
letter, ring, boat, ladder, blanket, umbrella, hat, scarf, basket, pencil, button, telescope, whistle
apple, seed, candle, box, bottle, shell, rope, wheel, spoon, ball, flute, needle, notebook, bicycle
""")

COLOURS = _split("""
red, blue, green, yellow, purple, orange, pink, brown, black, white, grey, gold, silver, turquoise
violet, crimson, beige, olive, teal, navy, scarlet, ivory, lilac, amber, indigo, maroon
""")

FOODS = _split("""
pizza, soup, bread, rice, noodles, pancakes, salad, cheese, apples, cherries, chocolate, curry
dumplings, pasta, strudel, fish, olives, tomatoes, honey, yoghurt, waffles, potatoes, beans, mango
""")

HOBBIES = _split("""
chess, football, hiking, painting, reading, cooking, swimming, cycling, gardening, singing, dancing
climbing, knitting, sailing, running, photography, fishing, drawing, skiing, tennis, writing, baking
""")

JOBS = _split("""
teacher, nurse, baker, pilot, farmer, painter, lawyer, engineer, doctor, designer, student, gardener
carpenter, plumber, writer, singer, driver, librarian, chemist, tester, architect, dentist, tailor
""")

TOPICS = _split("""
volcanoes, football, tax law, opera, black holes, the stock market, dinosaurs, poetry, chemistry
medicine, the Roman Empire, the moon, photosynthesis, cars, fashion, physics, the weather, politics
Napoleon, gravity, electricity, whales, coffee, tea, chess, the ocean, jazz, tennis, mountains, maths
bridges, castles, knitting, economics, philosophy, biology, vaccines, rockets, Mars, robots, magnets
earthquakes, glaciers, bees, wine, cheese, trains, aeroplanes, horses, dreams, memory, sleep, music
painting, sculpture, geography, rivers, deserts, insects, birds, lasers, steel, glass, paper, bicycles
insurance, history, grammar, Latin, Greek myths, Shakespeare, Mozart, cinema, comics, video games
""")

MODERN = _split("""
astronomy, beekeeping, pottery, origami, geology, cycling, skiing, archery, astrology, carpentry
cactus care, dog training, bird watching, calligraphy, camping, coin collecting, magic tricks, mushrooms
model trains, yoga, sailing, surfing, typography, weaving, woodwork, rowing, fencing, juggling, botany
metal work, old maps, kites, perfume, bonsai trees, aquariums, sourdough, rug making, stamps, puzzles
accounting, payroll, road safety, solar panels, heat pumps, public transport, recycling, tax returns
contracts, hotel bookings, flight bookings, train tickets, library cards, gym plans, school timetables
""")

_ONSETS = _split(
    "b, br, c, d, dr, f, fl, g, gr, h, j, k, kl, l, m, n, p, pl, r, s, sh, st, t, tr, v, w, z"
)
_NUCLEI = _split("a, e, i, o, u, ai, ea, oo, ia, ou")
_CODAS = (
    "",
    "",
    "",
    "n",
    "r",
    "l",
    "m",
    "s",
    "t",
    "x",
    "nd",
    "rk",
    "ll",
    "th",
    "ck",
    "sh",
)

# What chance must not put together in front of a class.
_RUDE = ("fuck", "shit", "cock", "dick", "cunt", "piss", "tits", "fart", "penis", "rape")


def made_up(draw: Draw, capital: bool | None = None) -> str:
    """A word nobody has seen, two or three syllables: "Brolimar", "teaxon"."""
    syllables = draw.rng.choice((2, 2, 2, 3))
    word = ""
    while not word or any(rude in word for rude in _RUDE):
        word = "".join(
            draw.rng.choice(_ONSETS) + draw.rng.choice(_NUCLEI) + draw.rng.choice(_CODAS)
            for _ in range(syllables)
        )
    raised = draw.chance(0.7) if capital is None else capital
    return word.capitalize() if raised else word


def name(draw: Draw) -> str:
    """A person's name: half known, half made up; now and then in lower case."""
    chosen = draw.value(FIRST_NAMES) if draw.chance(0.45) else made_up(draw, capital=True)
    return chosen.lower() if draw.chance(0.07) else chosen


def city(draw: Draw) -> str:
    """A city, half of them made up."""
    return draw.value(CITIES) if draw.chance(0.5) else made_up(draw, capital=True)


def number(draw: Draw) -> str:
    """A number as people mention one: one to four digits."""
    digits = draw.rng.choice((1, 2, 2, 3, 3, 4))
    return str(draw.rng.randint(10 ** (digits - 1), 10**digits - 1))


def thing(draw: Draw) -> str:
    """A word for any object, one in three made up."""
    if draw.chance(0.35):
        return made_up(draw, capital=False)
    return draw.value(THINGS if draw.chance(0.4) else vocabulary.NOUNS)


def topic(draw: Draw) -> str:
    """Any topic outside the model's world, one in four made up."""
    if draw.chance(0.25):
        return made_up(draw, capital=False)
    return draw.value(TOPICS) if draw.chance(0.6) else draw.value(MODERN)
