"""A server of the protocol in a few lines, to behave badly: `python raw_server.py HOW`.

It speaks the handshake of 2025 on standard input and output. Its tools, and what HOW changes, are
for the tests of `test_mcp.py`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

HOW = sys.argv[1] if len(sys.argv) > 1 else ""
STRING = {"type": "string"}
ROUND = {"type": "object", "properties": {"x": {"$ref": "#/$defs/a"}}}
HOSTILE: dict[str, Any] = {
    "round": ROUND
    | {"$defs": {"a": {"type": "object", "properties": {"in": {"$ref": "#/$defs/a"}}}}},
    "itself": ROUND | {"$defs": {"a": {"$ref": "#/$defs/a"}}},
    "doubling": ROUND
    | {
        "$defs": {
            f"{'a' * (i + 1)}": {"allOf": [{"$ref": f"#/$defs/{'a' * (i + 2)}"}] * 2}
            for i in range(40)
        }
    },
    "nowhere": ROUND,
    "elsewhere": {"type": "object", "properties": {"x": {"$ref": "https://example.org/x.json"}}},
    "pattern": {"type": "object", "properties": {"x": {"type": "string", "pattern": "^(a+)+$"}}},
    "long": {"type": "object", "properties": {f"p{i}": STRING for i in range(3000)}},
    "kind": {"type": "object", "properties": {"x": {"type": 7}}},
    "deep": {"type": "object", "properties": {"x": json.loads('{"items":' * 60 + "{}" + "}" * 60)}},
}


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0"} | message) + "\n")
    sys.stdout.flush()


def tools() -> list[dict[str, Any]]:
    if HOW == "hostile":
        found = [{"name": name, "inputSchema": schema} for name, schema in HOSTILE.items()]
        return [*found, {"name": "a name/that.is odd", "inputSchema": {"type": "object"}}]
    if HOW == "huge":
        return [{"name": "x", "inputSchema": {"type": "object", "title": "x" * 10_000_000}}]
    if HOW == "wrong":
        return [{"name": "x", "inputSchema": {"type": "array"}}]
    count = int(os.environ.get("COUNT", "1"))
    schema = {"type": "object", "properties": {"text": STRING}}
    return [
        {"name": f"say{i or ''}", "description": "Say it", "inputSchema": schema}
        for i in range(count)
    ]


def called(arguments: dict[str, Any]) -> dict[str, Any]:
    text = arguments.get("text", "")
    if text == "die":
        print("the last words", file=sys.stderr, flush=True)
        os._exit(3)
    if text == "hang":
        time.sleep(600)
    if text == "garbage":
        sys.stdout.write("}{ no JSON \x00\x1b[31m\n" * 1000)
    if text == "flood":
        while True:
            sys.stdout.write("x" * 100_000)
    if text == "huge":
        return {"content": [{"type": "text", "text": "x" * 1_000_000}]}
    if text == "picture":
        picture = {"type": "image", "mimeType": "image/png", "data": "QUJD" * 100}
        link = {"type": "resource_link", "name": "file", "uri": "file:///etc/passwd"}
        return {"content": [{"type": "text", "text": "<b>see</b>"}, picture, link]}
    if text == "values":
        return {"content": [], "structuredContent": {"n": 1}}
    if text == "wrong":
        return {"content": "no list"}
    if text == "fail":
        return {"content": [{"type": "text", "text": "not today"}], "isError": True}
    if text == "ask":
        asks = {"messages": [], "maxTokens": 1}
        send({"id": "s1", "method": "sampling/createMessage", "params": asks})
        send(
            {
                "id": "s2",
                "method": "elicitation/create",
                "params": {"message": "?", "requestedSchema": {"type": "object", "properties": {}}},
            }
        )
        send({"id": "s3", "method": "roots/list"})
        said = [json.loads(sys.stdin.readline()) for _ in range(3)]
        text = " ".join(sorted("error" if "error" in one else "given" for one in said))
    if text == "environment":
        text = " ".join(sorted(os.environ))
    if text == "change":
        os.environ["COUNT"] = "2"
        send({"method": "notifications/tools/list_changed"})
    return {"content": [{"type": "text", "text": text}]}


def main() -> None:
    if HOW == "stays":
        # Neither it nor its child goes by itself; both hold the pipe that the test looks at
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open(sys.argv[2], "w") as pipe:
            held = os.dup(pipe.fileno())
        os.set_inheritable(held, True)
        subprocess.Popen(["sleep", "600"], pass_fds=[held], start_new_session=False)
        os.write(held, b"here")
    if HOW == "silent":
        time.sleep(600)
    if HOW == "dies":
        sys.exit(4)
    for line in sys.stdin:
        message = json.loads(line)
        match message.get("method"):
            case "initialize":
                about = {"name": "raw", "version": "1"}
                answer = {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {"tools": {}},
                    "serverInfo": about,
                }
            case "tools/list":
                answer = {"tools": tools()}
                if HOW == "endless":
                    answer["nextCursor"] = "more"
            case "tools/call":
                answer = called(message["params"].get("arguments") or {})
            case _:
                if "id" in message:
                    send({"id": message["id"], "error": {"code": -32601, "message": "unknown"}})
                continue
        send({"id": message["id"], "result": answer})
    if HOW == "stays":
        time.sleep(600)


if __name__ == "__main__":
    main()
