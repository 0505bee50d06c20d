"""Finds the interface of a server that has just started, and sends it marked requests.

Speaks what OpenAI-compatible servers, Ollama and Text Generation Inference answer to.
"""

import contextlib
import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.facts.sealed import Place
from auditor.probe import sockets
from auditor.sealed.canary import Marks

ASK, ANSWER = 5.0, 180.0
"""Seconds that a server has to say what it is, and to answer a prompt."""
MOST_ANSWER = 4 * 2**20
_WORDS = 16
"""Tokens that are asked for."""


class Api(NamedTuple):
    """An interface that answers: kind, where, and the model's name there."""

    kind: str
    host: str
    port: int
    model: str


class Asked(NamedTuple):
    """A request. ``place`` is where its mark stands."""

    place: Place
    path: str
    body: dict[str, Any]


def listening() -> tuple[tuple[str, int], ...]:
    """Addresses and ports that accept TCP connections in this network namespace."""
    found: dict[int, str] = {}
    for proto in ("tcp", "tcp6"):
        with contextlib.suppress(OSError), open(f"/proc/thread-self/net/{proto}") as file:
            for row in sockets.parse(proto, file.read()):
                if row.state == sockets.LISTEN:
                    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(row.address, row.address)
                    found.setdefault(row.port, local)
    return tuple((host, port) for port, host in sorted(found.items()))


def detect(host: str, port: int, key: str) -> Api | None:
    """What answers on a port; None where nothing does that is known."""
    status, told = ask(host, port, "GET", "/v1/models", key=key, seconds=ASK)
    names = _entries(told, "data", "id")
    if status == 200 and names is not None:
        tags, _ = ask(host, port, "GET", "/api/tags", key=key, seconds=ASK)
        if tags != 200:
            return Api("openai", host, port, names[0] if names else "default")
    status, told = ask(host, port, "GET", "/api/tags", key=key, seconds=ASK)
    names = _entries(told, "models", "name")
    if status == 200 and names is not None:
        return Api("ollama", host, port, names[0] if names else "")
    status, told = ask(host, port, "GET", "/info", key=key, seconds=ASK)
    if status == 200 and isinstance(told, dict) and "model_id" in told:
        return Api("tgi", host, port, str(told["model_id"]))
    return None


def _entries(told: Any, key: str, name: str) -> list[str] | None:
    if not isinstance(told, dict) or not isinstance(told.get(key), list):
        return None
    return [str(entry.get(name, "")) for entry in told[key] if isinstance(entry, dict)]


def requests(api: Api, marks: Marks, own: tuple[str, ...]) -> Iterator[Asked]:
    """The marked requests for an interface; ``own`` are prompts of the user."""
    tokens = marks.tokens
    question = prompt(tokens[Place.PROMPT])
    document = (
        f"Answer from this document only.\n\nDOCUMENT: The contract with number {tokens[Place.DOCUMENT]} ends in May. "
        f"Its file is {tokens[Place.DOCUMENT]}."
    )
    image = f"https://{tokens[Place.IMAGE_URL]}.image.invalid/{tokens[Place.IMAGE_URL]}.png"
    if api.kind == "tgi":
        limit = {"max_new_tokens": _WORDS}
        for text in (question, *(marked(line, tokens[Place.PROMPT]) for line in own)):
            yield Asked(Place.PROMPT, "/generate", {"inputs": text, "parameters": limit})
        yield Asked(Place.DOCUMENT, "/generate", {"inputs": f"{document}\n\nWhen?", "parameters": limit})
        yield Asked(Place.IMAGE_URL, "/generate", {"inputs": f"![]({image}) What is this?", "parameters": limit})
        return
    path = "/api/chat" if api.kind == "ollama" else "/v1/chat/completions"
    for text in (question, *(marked(line, tokens[Place.PROMPT]) for line in own)):
        yield Asked(Place.PROMPT, path, _chat(api, {"role": "user", "content": text}))
    other = "/api/generate" if api.kind == "ollama" else "/v1/completions"
    yield Asked(Place.PROMPT, other, {**_base(api), "prompt": question})
    system, short = {"role": "system", "content": document}, {"role": "user", "content": "When does it end?"}
    yield Asked(Place.DOCUMENT, path, _chat(api, system, short))
    if api.kind == "openai":
        parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": image}}]
        yield Asked(Place.IMAGE_URL, path, _chat(api, {"role": "user", "content": parts}))
    yield Asked(Place.TOOL_CALL, path, _tools(api, tokens[Place.TOOL_CALL]))


def prompt(token: str) -> str:
    """A prompt with a mark at its beginning and its end, so that one of them stays where it is cut."""
    return f"The code word is {token}. Say hello in one word, and do not repeat the code word {token}."


def marked(text: str, token: str) -> str:
    """A prompt of the user with a mark: where he wants it, else at both ends."""
    return text.replace("{mark}", token) if "{mark}" in text else f"{token} {text} {token}"


def _base(api: Api) -> dict[str, Any]:
    if api.kind == "ollama":
        return {"model": api.model, "stream": False, "options": {"num_predict": _WORDS}}
    return {"model": api.model, "max_tokens": _WORDS, "temperature": 0}


def _chat(api: Api, *messages: dict[str, Any]) -> dict[str, Any]:
    return {**_base(api), "messages": list(messages)}


def _tools(api: Api, token: str) -> dict[str, Any]:
    function = {
        "name": "look_up",
        "description": f"Looks a customer up; the file's name is {token}.",
        "parameters": {"type": "object", "properties": {"customer": {"type": "string"}}},
    }
    arguments: Any = {"customer": token}
    given = arguments if api.kind == "ollama" else json.dumps(arguments)
    call: dict[str, Any] = {"function": {"name": "look_up", "arguments": given}}
    if api.kind != "ollama":
        call |= {"id": "call_1", "type": "function"}
    answer = {"role": "tool", "tool_call_id": "call_1", "content": f"{token}: paid"}
    told = _chat(
        api,
        {"role": "user", "content": "Has the customer paid?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        answer,
    )
    return {**told, "tools": [{"type": "function", "function": function}]}


def ask(
    host: str, port: int, method: str, path: str, body: Any = None, *, key: str = "", seconds: float = ANSWER
) -> tuple[int, Any]:
    """Status and answer; status 0 where none came. JSON is read, anything else is text."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        data = json.dumps(body).encode() if body is not None else None
        connection.request(method, path, body=data, headers=headers)
        answer = connection.getresponse()
        text = answer.read(MOST_ANSWER)
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except (ValueError, RecursionError):
        return answer.status, text.decode("utf-8", "replace")
