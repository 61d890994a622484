"""Verbs, nouns, parameters and values from which tools are put together; for `tools`."""

from dataclasses import dataclass

VERBS = (
    *("get", "find", "fetch", "look_up", "check", "read", "query", "show", "search", "load"),
    *("ask", "request", "retrieve", "track", "measure", "report", "list", "see", "compute"),
    *("lookup", "tell", "return", "give", "inspect", "view", "open", "scan", "pull", "obtain"),
    *("calculate", "estimate", "collect", "receive", "extract", "select", "call", "verify"),
    *("confirm", "display", "print", "monitor", "watch", "review", "browse", "download"),
    *("access", "locate", "discover", "resolve", "describe", "convert", "predict", "compare"),
)
# Endings of names that begin with what the tool is about.
SUFFIXES = (
    "lookup",
    "service",
    "api",
    "search",
    "info",
    "finder",
    "query",
    "tool",
    "check",
    "data",
)
# What a tool is about, by what its main argument is.
NOUNS = {
    "city": (
        "weather",
        "population",
        "temperature",
        "air quality",
        "local time",
        "mayor",
        "rainfall",
        "bus fare",
        "hotel price",
        "traffic",
        "water level",
        "tax rate",
        "postcode",
        "sunrise time",
        "humidity",
        "wind speed",
        "parking fee",
        "noise level",
        "museum fee",
        "rent level",
        *("snowfall", "tram fare", "taxi fare", "opening hours", "time zone"),
        *("crime rate", "birth rate", "flood risk", "pollen count", "beach access"),
        *("school count", "market day", "fuel price", "cinema programme", "ferry schedule"),
        *("metro line", "festival date", "emergency number", "dialling code", "land price"),
        *("tide", "fog warning", "altitude", "bridge toll", "hospital count"),
        *("swimming pool", "street map", "visitor count", "water price", "electricity price"),
    ),
    "product": (
        "price",
        "stock",
        "weight",
        "delivery time",
        "colour",
        "rating",
        "discount",
        "supplier",
        "size",
        "warranty",
        "shelf number",
        "article number",
        "cost",
        "release date",
        "material",
        "battery life",
        "sales figure",
        "return rate",
        "order count",
        "shipping fee",
        *("voltage", "length", "height", "width", "packaging"),
        *("barcode", "ingredient list", "expiry date", "production cost", "origin"),
        *("brand", "model year", "guarantee", "spare part", "manual"),
        *("energy class", "top speed", "memory size", "screen size", "instruction sheet"),
        *("minimum age", "profit margin", "storage place", "demand", "quality grade"),
        *("power use", "tax class", "wholesale price", "pallet count", "customs code"),
    ),
    "person": (
        "phone number",
        "email address",
        "birthday",
        "job title",
        "office number",
        "salary",
        "team",
        "account balance",
        "score",
        "customer number",
        "holiday balance",
        "seat number",
        "address",
        "manager",
        "contract type",
        "last order",
        "working hours",
        "shift",
        "membership",
        "invoice total",
        *("nickname", "hometown", "postal address", "department", "contract date"),
        *("badge number", "favourite dish", "blood type", "shoe size", "clothing size"),
        *("exam grade", "language level", "library card", "loan total", "medical record"),
        *("parking space", "pension", "profile picture", "room key", "running time"),
        *("supervisor", "training plan", "travel budget", "tutor", "username"),
        *("voice mail", "work permit", "calendar", "credit limit", "diploma"),
    ),
    "code": (
        "order status",
        "flight status",
        "parcel location",
        "ticket price",
        "invoice date",
        "error message",
        "serial number",
        "departure time",
        "arrival time",
        "gate",
        "train platform",
        "booking",
        "refund",
        "device state",
        "build result",
        "case number",
        "payment date",
        "room number",
        "test result",
        "queue length",
        *("tracking state", "pickup time", "owner", "approval", "repair date"),
        *("runway", "seat map", "luggage weight", "menu", "checksum"),
        *("download link", "file size", "firmware version", "fault report", "guest list"),
        *("inspection date", "insurance class", "license", "locker", "log entry"),
        *("maintenance plan", "meter reading", "mileage", "patient file", "permit"),
        *("reservation", "return date", "shipping label", "signal strength", "sensor value"),
    ),
}
# What stands behind another word to make a tool's subject.
ABOUT = ("rate", "code", "date", "level", "price", "status", "count", "size", "list", "owner")
# Names of the main parameter, by what it is.
PARAMETERS = {
    "city": (
        *("city", "place", "location", "town", "city_name", "where", "destination", "region"),
        *("municipality", "settlement", "spot", "site"),
    ),
    "product": (
        *("product", "article", "item", "name", "product_name", "goods", "ware", "object"),
        *("item_name", "title", "model", "thing"),
    ),
    "person": (
        *("name", "person", "customer", "employee", "full_name", "who", "user", "member"),
        *("client", "contact", "colleague", "guest"),
    ),
    "code": (
        *("code", "id", "number", "key", "reference", "identifier", "ref", "token", "serial"),
        *("case_id", "record", "tag"),
    ),
}


@dataclass(frozen=True, slots=True)
class Second:
    """A second parameter: its names, its description, how the question ends that gives its value
    {s}, and the values; without any it is a number, a year or a date."""

    names: tuple[str, ...]
    described: str
    endings: tuple[str, ...]
    values: tuple[str, ...] = ()


SECOND = (
    Second(("date", "on_date", "day_of"), "The date", ("on {s}", "of {s}", "as of {s}", "{s}")),
    Second(("year", "for_year", "in_year"), "The year", ("in {s}", "for the year {s}", "of {s}")),
    Second(
        ("limit", "count", "max_results", "top"),
        "How many results",
        ("with at most {s} results", "at most {s}", "only {s} results", "up to {s} results"),
    ),
    Second(
        ("unit", "units", "measure", "in_unit"),
        "The unit of the result",
        ("in {s}", "in {s} please", "given in {s}", "as {s}"),
        (
            *("metric", "imperial", "percent", "euros", "dollars", "kilometres", "miles", "feet"),
            *("metres", "pounds", "kilograms", "litres", "hours", "minutes", "seconds", "days"),
            *("yen", "francs", "inches", "ounces", "tons", "points", "volts", "watts", "degrees"),
        ),
    ),
    Second(
        ("language", "lang", "in_language", "locale"),
        "The language of the result",
        ("in {s}", "in {s} please", "written in {s}", "translated to {s}"),
        (
            *("English", "German", "French", "Chinese", "Spanish", "Italian", "Dutch", "Polish"),
            *("Greek", "Latin", "Turkish", "Arabic", "Hindi", "Japanese", "Korean", "Swedish"),
            *("Danish", "Finnish", "Czech", "Russian", "Welsh", "Irish", "Thai", "Hebrew"),
        ),
    ),
    Second(
        ("day", "weekday", "when", "for_day"),
        "The day",
        ("for {s}", "on {s}", "valid {s}", "{s}"),
        (
            *("today", "tomorrow", "Monday", "Friday", "Sunday", "Tuesday", "Wednesday"),
            *("Thursday", "Saturday", "yesterday", "tonight", "now", "weekends", "holidays"),
        ),
    ),
)
# With the name's own verb in {v}, as most tools are described; or without.
DESCRIPTIONS = (
    "{v} the {n} of a {k}",
    "{v} the {n} for a given {k}",
    "{v} the {n} of one {k}",
    "{v} the {n} by {k}",
    "The {n} of a {k}",
    "{n} of a {k}",
    "Returns the {n} for a given {k}",
    "Finds the {n} that belongs to a {k}",
    "Gives the {n} of one {k}",
    "Use this for the {n} of a {k}",
    "Tells the {n} if you pass a {k}",
    "A service for the {n} of a {k}",
    "Useful for the {n} of a {k}",
    "Call this to get the {n} of a {k}",
    "Knows the {n} of each {k}",
    "Answers what the {n} of a {k} is",
    "Takes a {k} and gives its {n}",
    "Looks up the {n} of a {k}",
    "Looks for the {n} that a {k} has",
    "Reports the {n} of any {k}",
    "Shows the {n} of the {k} that you name",
    "Reads the {n} of a {k} from a table",
    "Query the {n} of a {k}",
    "Lets you read the {n} of one {k}",
    "For each {k}: the {n}",
    "Asks a server for the {n} of a {k}",
    "This tool returns the {n} of a {k}",
    "This gives you the {n} for one {k}",
    "To be called for the {n} of a {k}",
    "Works out the {n} of a given {k}",
    "Access to the {n} of every {k}",
    "Fetches the {n} for the {k} in question",
    "Use it if the user asks for the {n} of a {k}",
    "Information about the {n} of a {k}",
    "Database of {k} and {n}",
    "Holds the {n} of all that is a {k}",
    "Search by {k}, result is the {n}",
    "Returns {n}, needs a {k}",
    "If you need the {n} of a {k}, use this",
    "Current {n} of a {k}",
    "Good for finding the {n} of a {k}",
    "Provides the {n} of a {k}",
    "Retrieves the {n} stored for a {k}",
)
STATES = ("open", "closed", "delayed", "ready", "low", "high", "full", "empty", "new", "sent")
UNITS = ("km", "euros", "percent", "days", "pieces", "degrees", "minutes", "kg", "points")
EXTRA = ("status", "source", "unit", "updated", "quality", "level", "count", "group", "class")
