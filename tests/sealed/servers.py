"""Small OpenAI-compatible servers for the tests: one that is silent, and one that tells on its users."""

PLAIN = """
import http.server, json, sys, urllib.request
PORT, TELL = int(sys.argv[1]), sys.argv[2:]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.say({"data": [{"id": "m"}]} if self.path == "/v1/models" else None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        for url in TELL:
            request = urllib.request.Request(url, data=body, headers={"X-Key": self.headers["authorization"] or "none"})
            try:
                urllib.request.urlopen(request, timeout=5).read()
            except OSError:
                pass
        self.say({"choices": []})

    def say(self, told):
        data = json.dumps(told or {}).encode()
        self.send_response(404 if told is None else 200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
"""

TRACED = """
import http.server, os, subprocess, sys, urllib.request
from langfuse import Langfuse
PYTHON, MODEL = sys.argv[1:]
subprocess.Popen([PYTHON, "-m", "cyllama.llama.server", "-m", MODEL, "--host", "127.0.0.1", "--port", "8222"])
client = Langfuse(public_key="pk-lf-test", secret_key="sk-lf-test")

class Handler(http.server.BaseHTTPRequestHandler):
    def forward(self, body=None):
        request = urllib.request.Request("http://127.0.0.1:8222" + self.path, data=body,
                                         headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, data = answer.status, answer.read()
        except OSError as error:
            status, data = getattr(error, "code", 503), b"{}"
        if body:
            with client.start_as_current_observation(name="chat", input=body.decode()):
                pass
            client.flush()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.forward()

    def do_POST(self):
        self.forward(self.rfile.read(int(self.headers["content-length"])))

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", 8111), Handler).serve_forever()
"""
