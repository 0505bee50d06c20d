"""Small servers on loopback that answer like serving stacks, or behave badly, in processes that look like one.

Run as a program with ``ANSWERING=KIND PORT ELSEWHERE``; its arguments only make it look like a stack.
"""

import contextlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

KEY = "sk-verysecretvalue123"
VLLM = {
    "/health": "",
    "/version": {"version": "0.11.2"},
    "/v1/models": {"object": "list", "data": [{"id": "qwen", "object": "model", "root": "/srv/models/qwen"}]},
}
SGLANG = {
    "/health": "",
    "/model_info": {"model_path": "/srv/models/glm", "is_generation": True},
    "/server_info": {
        "version": "0.5.23",
        "model_path": "/srv/models/glm",
        "api_key": KEY,
        "launch_command": f"python -m sglang.launch_server --model-path /srv/models/glm --api-key {KEY}",
    },
    "/v1/models": {"object": "list", "data": [{"id": "glm", "root": "/srv/models/glm"}]},
}
TGI = {"/health": "", "/info": {"model_id": "/data/llama", "version": "3.3.6", "docker_label": "sha-1"}}
LLAMA = {
    "/health": {"status": "ok"},
    "/props": {"model_path": "/srv/gemma.gguf", "build_info": "b9000-abcdef", "chat_template": "{{ x }}"},
    "/v1/models": {"models": [{"name": "gemma.gguf"}], "data": [{"id": "gemma.gguf", "owned_by": "llamacpp"}]},
}
OLLAMA = {
    "/": "Ollama is running",
    "/api/version": {"version": "0.33.0"},
    "/api/tags": {"models": [{"name": "qwen3:8b"}, {"name": "big:cloud", "remote_host": "https://ollama.com:443"}]},
    "/api/ps": {"models": []},
}
KINDS = {"vllm": VLLM, "sglang": SGLANG, "tgi": TGI, "llama": LLAMA, "ollama": OLLAMA, "locked": VLLM}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the table of its kind; ``POST`` to it counts as a request served."""

    kind = "vllm"
    served = 0
    elsewhere = 0

    def do_POST(self) -> None:
        """A request of a user."""
        Handler.served += 1
        self._answer(200, b"{}")

    def do_GET(self) -> None:
        """What the auditor asks."""
        if self.kind == "redirect":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{Handler.elsewhere}/leak")
            self.end_headers()
            return
        if self.kind == "locked" and self.path.startswith("/v1/"):
            return self._answer(401, b'{"error": "Unauthorized"}')
        if self.path == "/metrics" and self.kind == "vllm":
            text = f'# HELP x y\nvllm:request_success_total{{finished_reason="stop"}} {float(Handler.served)}\n'
            return self._answer(200, (text + "vllm:secret_thing 1\n").encode())
        answer = KINDS.get(self.kind, {}).get(self.path)
        if answer is None:
            return self._answer(404, b"{}")
        self._answer(200, (answer if isinstance(answer, str) else json.dumps(answer)).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if self.headers.get("Origin"):
            self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


def _ready() -> None:
    sys.stdout.write("up\n")
    sys.stdout.flush()


def _raw(kind: str, port: int) -> None:
    """Servers that hang, send without end, a byte at a time, or no HTTP at all."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        _ready()
        while True:
            link, _ = listener.accept()
            threading.Thread(target=_misbehave, args=(kind, link), daemon=True).start()


def _misbehave(kind: str, link: socket.socket) -> None:
    with contextlib.suppress(OSError), link:
        link.recv(65536)
        if kind == "endless":
            link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                link.sendall(b"a" * 65536)
        if kind == "drip":
            link.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                link.sendall(b"x")
                time.sleep(0.05)
        if kind == "noise":
            link.sendall(bytes(range(256)))
            return
        time.sleep(60)


@contextlib.contextmanager
def answering(kind: str, *looks: str, elsewhere: int = 0, script: str = __file__) -> Iterator[tuple[int, int]]:
    """Pid and port of a server of this kind whose command line has these words; ``script`` may link to this file."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, script, *looks]
    environment = {"PATH": os.environ["PATH"], "ANSWERING": f"{kind} {port} {elsewhere}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline()
            yield child.pid, port
        finally:
            child.kill()


if __name__ == "__main__":
    _kind, _port, _elsewhere = os.environ["ANSWERING"].split()
    Handler.kind, Handler.elsewhere = _kind, int(_elsewhere)
    if _kind in ("hang", "endless", "drip", "noise"):
        _raw(_kind, int(_port))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(_port)), Handler)
    _ready()
    server.serve_forever()
