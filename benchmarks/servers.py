"""What the app adds to a server's answers: against the official client alone, in turns.

    python -m benchmarks.servers URL [--model ID] [--rounds N] [--tokens N]

Both ask the same question with the same seed at temperature 0. Printed are medians: the time to the
first piece, and the time of each piece after it.
"""

import argparse
import statistics
import time
from collections.abc import Callable

from core.backends.events import TextDelta
from core.backends.request import Request
from core.messages import Message
from core.sampling.settings import Sampling
from core.served.connections import connected
from core.servers.answer import body_of
from core.servers.backend import ServerBackend
from core.servers.listed import Server
from core.servers.wire import Wire

QUESTION = "Tell a long story about a lighthouse and a ship."
# In milliseconds
MOST_TO_FIRST = 50.0
MOST_PER_PIECE = 5.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.servers", description=__doc__)
    parser.add_argument("url", help="where the API begins, e.g. http://localhost:8000/v1")
    parser.add_argument("--model", default="", help="the model's id, where there are several")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tokens", type=int, default=100)
    given = parser.parse_args()
    backend = connected(Server("benchmark", given.url, given.model))
    wire = Wire(backend.server)
    request = Request(
        (Message("user", QUESTION),),
        Sampling(temperature=0, max_new_tokens=given.tokens, seed=1),
    )
    ways: dict[str, Callable[[], list[float]]] = {
        "client": lambda: of_client(wire, request),
        "app": lambda: of_app(backend, request),
    }
    times: dict[str, list[list[float]]] = {name: [] for name in ways}
    try:
        for way in ways.values():
            way()  # the prompt is read, the connection open
        for _round in range(max(given.rounds, 1)):
            for name, way in ways.items():
                times[name].append(way())
    finally:
        backend.close()
        wire.close()
    report(times)


def report(times: dict[str, list[list[float]]]) -> None:
    """Print both ways and what lies between them."""
    first = {name: _median([run[0] for run in runs]) for name, runs in times.items()}
    piece = {
        name: _median([(run[-1] - run[0]) / (len(run) - 1) for run in runs])
        for name, runs in times.items()
    }
    for name, runs in times.items():
        print(
            f"{name:7} first piece {first[name]:8.1f} ms, each further {piece[name]:6.2f} ms, "
            f"{len(runs[0])} pieces"
        )
    print(
        f"added   first piece {first['app'] - first['client']:8.1f} ms (at most {MOST_TO_FIRST:g}), "
        f"each further {piece['app'] - piece['client']:6.2f} ms (at most {MOST_PER_PIECE:g})"
    )


def of_client(wire: Wire, request: Request) -> list[float]:
    """Seconds from the question to each piece, by the client alone."""
    body = body_of(wire.server, request)
    began, arrived = time.perf_counter(), []
    with wire.client.chat.completions.create(**body, stream=True) as stream:
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                arrived.append(time.perf_counter() - began)
    return arrived


def of_app(backend: ServerBackend, request: Request) -> list[float]:
    """As `of_client`, through the seam."""
    began, arrived = time.perf_counter(), []
    for event in backend.submit(request):
        if isinstance(event, TextDelta):
            arrived.append(time.perf_counter() - began)
    return arrived


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    main()
