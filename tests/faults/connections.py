"""Strangers hold the portal's connections, without a proxy before it, while a guard works.

    tests/faults/connections.py PROGRAM FOLDER [pipelines | heads | downloads | idle]...

Everything comes from loopback. The strangers and a probe of /ready share an address; the guard has another one, as
requests a second are limited by address. Prints figures for each kind, and ends with 1 when something does not hold.
"""

import http.client
import os
import random
import re
import resource
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib

STRANGER, GUARD = "127.0.0.1", "127.0.0.2"
PASSWORD = "correct horse battery"
MEMORY = 192  # MiB
PATIENCE = 2.0  # seconds that an answer may take


class Portal:
    """The program, with the settings that it has by default."""

    def __init__(self, program, folder):
        self.folder = folder
        with socket.create_server((STRANGER, 0)) as taken:
            self.port = taken.getsockname()[1]
        self.environment = {
            "DATA_DIR": folder,
            "BIND_ADDR": f"0.0.0.0:{self.port}",
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "RUST_LOG": "warn",
        }
        self.program = program
        create = [program, "user", "create", "--role", "guard", "--name", "Gurpreet", "--password-stdin"]
        create += ["--email", "guard@example.com"]
        subprocess.run(create, env=self.environment, input=PASSWORD + "\n", text=True, check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([program], env=self.environment, stdout=subprocess.DEVNULL)
        for _ in range(300):
            try:
                if self.ask("GET", "/ready", GUARD)[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)

    def ask(self, method, path, source, cookie="", body=None, content_type="application/x-www-form-urlencoded"):
        """Status, headers and seconds, on a connection of its own."""
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(source, 0))
        headers = {"Cookie": cookie, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = content_type
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer, time.monotonic() - begun, text

    def sign_in(self, email, source):
        """The cookie of a session."""
        status, answer, _, _ = self.ask("POST", "/login", source, body=f"email={email}&password={PASSWORD}")
        assert status == 303, status
        return answer.getheader("set-cookie").split(";")[0]

    def connect(self):
        """A stranger's connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(STRANGER, 0))

    def memory(self):
        """The most that it has taken since its start, in MiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024

    def end(self):
        """Ends it as an orchestrator does."""
        self.process.terminate()
        return self.process.wait(40)


class Watch(threading.Thread):
    """A probe, and a guard who opens the gate's page and scans, on and on."""

    def __init__(self, portal, session):
        super().__init__()
        self.asks = {
            "/ready": ("GET", STRANGER, "", None, 200),
            "/gate": ("GET", GUARD, session, None, 200),
            "/gate/scan": ("POST", GUARD, session, "code=MH12AB1234", 303),
        }
        self.portal = portal
        self.over = threading.Event()
        self.wrong, self.waits = [], {path: [] for path in self.asks}

    def run(self):
        while not self.over.wait(0.1):
            for path, (method, source, cookie, body, expected) in self.asks.items():
                try:
                    status, _, took, _ = self.portal.ask(method, path, source, cookie, body)
                except (OSError, http.client.HTTPException) as error:
                    status, took = repr(error), 0
                self.waits[path].append(took)
                if status != expected or took > PATIENCE:
                    self.wrong.append(f"{path}: {status} after {took:.2f} s")

    def tell(self, name, what):
        """Prints the figures; whether all held."""
        self.over.set()
        self.join()
        memory = self.portal.memory()
        waits = ", ".join(f"{path} {len(took)} times, {max(took):.2f} s at most" for path, took in self.waits.items())
        print(f"Figures: {what}; memory {memory:.0f} MiB at most; {waits}", flush=True)
        for line in self.wrong[:5]:
            print(f"FAILED: {name}: {line}")
        if memory > MEMORY:
            print(f"FAILED: {name}: {memory:.0f} MiB")
        return not self.wrong and memory <= MEMORY


def all_closed(connections, patience):
    """Seconds until the portal has closed them all; infinite if it does not."""
    begun = time.monotonic()
    while time.monotonic() - begun < patience:
        if all(map(is_closed, connections)):
            return time.monotonic() - begun
        time.sleep(0.5)
    return float("inf")


def is_closed(connection):
    """Whether the portal has closed it, whatever waits to be read."""
    closed, close_wait = 7, 8
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in (closed, close_wait)


def pipelines(portal, watch):
    """A hundred connections send 187 KB of requests each and read nothing."""
    request = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"
    flood = request * (187_000 // len(request))
    connections = [portal.connect() for _ in range(100)]
    sent = dict.fromkeys(connections, 0)
    begun, gone = time.monotonic(), 0
    while gone < len(connections) and time.monotonic() - begun < 90:
        for connection in connections:
            connection.setblocking(False)
            try:
                sent[connection] += connection.send(flood[sent[connection] :] or request)
            except OSError:
                pass
        gone = sum(map(is_closed, connections))
        time.sleep(0.1)
    took = time.monotonic() - begun
    what = f"100 connections sent {sum(sent.values()) // 1024} KiB of requests, all {gone} were closed after {took:.0f} s"
    return watch.tell("pipelines", what) and gone == len(connections)


def heads(portal, watch):
    """Second requests of five hundred connections, a byte in five seconds."""
    connections = [portal.connect() for _ in range(500)]
    for connection in connections:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(4096)
    begun, took = time.monotonic(), float("inf")
    while took > 40 and time.monotonic() - begun < 40:
        for connection in connections:
            try:
                connection.send(b"G")
            except OSError:
                pass  # It is closed.
        took = time.monotonic() - begun + all_closed(connections, 5)
    held = watch.tell("heads", f"500 connections with a byte in 5 s, the last closed after {took:.1f} s")
    return held and took < 15


def downloads(portal, watch):
    """Three hundred connections ask for a paper of 5 MB and read nothing of it."""
    session, path = paper(portal)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {session}\r\n\r\n".encode()
    connections = []
    for _ in range(300):
        connection = portal.connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request)
        connections.append(connection)
        time.sleep(0.03)  # as many a second as the limit lets through
    first = [connection.recv(12) for connection in connections]
    served = first.count(b"HTTP/1.1 200")
    took = all_closed(connections, 90)
    held = watch.tell("downloads", f"{served} downloads that nobody reads, all closed {took:.0f} s after the last began")
    return held and served >= 200 and took < 90


def idle(portal, watch):
    """8 300 connections that have been answered once, or never, and ask no more."""
    connections, begun = [], time.monotonic()
    for number in range(8_300):
        connection = portal.connect()
        connections.append(connection)
        if number % 2:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    opened = time.monotonic() - begun
    time.sleep(2)
    left = sum(not is_closed(connection) for connection in connections)
    took = all_closed(connections, 90)
    what = f"8300 connections opened in {opened:.1f} s, {left} kept, the last closed {took:.0f} s later"
    return watch.tell("idle", what) and took < 90


def paper(portal):
    """A customer's session, and where to get a paper of nearly 5 MB."""
    customer = "127.0.0.3"
    fields = f"company_name=Asha&full_name=Asha&phone=9876543210&email=asha@example.com&password={PASSWORD}"
    portal.ask("POST", "/register", customer, body=f"{fields}&password_confirm={PASSWORD}")
    session = portal.sign_in("asha@example.com", customer)
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5.5 * 3600))
    fields = f"vehicle_number=MH12AB1234&customer_phone=9876543210&expected_on={day}"
    status, answer, _, text = portal.ask("POST", "/submissions/new", customer, session, fields)
    assert status == 303, (status, text.decode())
    draft = answer.getheader("location")
    part = b'--x\r\nContent-Disposition: form-data; name="purchase_order"; filename="scan.png"\r\n'
    body = part + b"Content-Type: image/png\r\n\r\n" + picture() + b"\r\n--x--\r\n"
    status, _, _, text = portal.ask(
        "POST", f"{draft}/documents", customer, session, body, "multipart/form-data; boundary=x"
    )
    assert status == 303, (status, text.decode())
    _, _, _, page = portal.ask("GET", f"{draft}/documents", customer, session)
    return session, re.search(r"/documents/[0-9a-f-]{36}", page.decode())[0] + "/download"


def picture():
    """A PNG of noise, which no encoder makes smaller."""
    side, noise = 1_250, random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def main():
    program, folder, *names = sys.argv[1:]
    maximum = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))
    held = True
    for name in names or ["pipelines", "heads", "downloads", "idle"]:
        data = os.path.join(folder, name)
        os.mkdir(data, 0o700)
        portal = Portal(program, data)
        try:
            watch = Watch(portal, portal.sign_in("guard@example.com", GUARD))
            watch.start()
            try:
                held &= bool(globals()[name](portal, watch))
            finally:
                watch.over.set()
        finally:
            held &= portal.end() == 0
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
