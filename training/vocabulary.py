"""Wide lists of plain words for slots that must be copied, not learned by heart."""


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


# Things one can count, so that "a" fits before each.
NOUNS = _split("""
table, chair, door, window, lamp, carpet, curtain, shelf, pillow, mattress, drawer, cupboard, sofa
plate, fork, knife, pan, kettle, teapot, jug, tray, bowl, glass, napkin, towel, bucket, broom, brush
hammer, saw, nail, screw, drill, shovel, rake, axe, pump, hose, pipe, cable, plug, switch, battery
engine, motor, wagon, tractor, truck, van, tram, bus, rocket, sled, canoe, raft, anchor, sail, oar
shirt, coat, jacket, skirt, dress, sock, shoe, boot, glove, belt, pocket, zip, sweater, cap, cloak
pen, marker, eraser, ruler, folder, stamp, envelope, postcard, poster, ticket, receipt, form, label
piano, guitar, trumpet, harp, cello, banjo, organ, radio, speaker, camera, screen, tablet, printer
keyboard, monitor, laptop, router, server, modem, sensor, antenna, charger, headset, microphone
banana, orange, lemon, pear, plum, peach, melon, carrot, onion, potato, cabbage, pumpkin, pepper
biscuit, muffin, pretzel, sandwich, omelette, sausage, pickle, walnut, almond, chestnut, raisin
tree, flower, leaf, branch, root, bush, rose, tulip, daisy, fern, cactus, mushroom, acorn, pinecone
cloud, star, planet, comet, moonbeam, shadow, rainbow, snowflake, icicle, pebble, rock, wave, dune
house, cabin, barn, hut, tent, palace, chapel, temple, gate, fence, roof, chimney, cellar, balcony
road, tunnel, crossing, corner, signpost, fountain, statue, bench, lamppost, kiosk, elevator, stair
doll, puzzle, puppet, marble, balloon, top, yoyo, swing, slide, trampoline, skate, racket, bat, net
medal, trophy, flag, badge, crown, sword, shield, helmet, bow, arrow, spear, drumstick, banner, mask
crystal, diamond, pearl, ruby, necklace, bracelet, brooch, locket, watch, purse, wallet, suitcase
barrel, crate, sack, jar, tin, flask, cork, lid, hook, hinge, lever, spring, gear, magnet, lens
chart, report, memo, diary, novel, poem, recipe, manual, catalogue, invoice, contract, letterbox
""")
ADJECTIVES = _split("""
big, tiny, tall, short, wide, narrow, thick, thin, deep, flat, round, square, sharp, blunt, smooth
rough, soft, hard, heavy, light, warm, cool, hot, cold, wet, dry, clean, dirty, new, ancient, fresh
bright, dark, pale, shiny, dull, loud, silent, fast, gentle, wild, tame, sweet, sour, bitter, salty
strong, weary, rich, humble, rare, common, simple, strange, secret, open, hidden, empty, full, lost
broken, golden, wooden, woollen, leather, plastic, iron, copper, paper, stony, sandy, muddy, icy
happy, sad, angry, calm, nervous, jolly, gloomy, honest, loyal, noble, witty, eager, lucky, merry
crooked, straight, hollow, solid, loose, tight, spicy, plain, fancy, modern, rusty, dusty, foggy
""")
VERBS = _split("""
add, book, bring, build, buy, carry, catch, change, choose, clean, climb, close, collect, cook, copy
count, cover, cross, cut, dance, dig, draw, drink, drive, drop, eat, enter, fill, fix, float, fold
follow, gather, give, greet, grow, guard, hang, help, hide, hold, hunt, invite, join, jump, keep
kick, knock, laugh, lead, learn, leave, lift, listen, load, lock, mark, melt, mend, mix, move, open
order, pack, paint, pay, pick, plan, plant, play, polish, pour, press, print, pull, push, raise
reach, rest, return, ride, ring, rise, roll, rub, run, save, search, sell, send, serve, shake, share
shine, sign, sing, sit, sleep, slide, smile, sort, spin, stack, start, stay, stop, study, sweep, swim
taste, teach, test, throw, tie, touch, trade, travel, turn, visit, wait, walk, warm, wash, watch, weigh
""")
