"""Tests of the client against a small server that cuts connections, is busy, and sends wrong bytes.

    python3 -m unittest -v test_sparsemesh
"""

import hashlib
import http.server
import json
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import sparsemesh
from sparsemesh import Client

WEIGHTS = bytes(range(256)) * 2000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def job(state: str) -> Dict[str, Any]:
    progress = {"layersDone": 1, "layersTotal": 2, "percent": 50.0, "etaSeconds": 3}
    return {"id": "j1", "state": state, "stateReason": "why", "createdAt": "2026-01-01T00:00:00Z",
            "progress": progress, "request": {}, "result": None, "error": None}


class Answer:
    """What the server says to one request; ``cut`` breaks the connection after that many bytes of the body."""

    def __init__(self, status: int, body: Any, headers: Optional[Dict[str, str]] = None, cut: Optional[int] = None):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}
        self.cut = cut


class Server:
    """Gives the answers to each line in turn, the last one for ever; files are served with ranges."""

    def __init__(self) -> None:
        self.answers: Dict[str, List[Answer]] = {}
        self.files: Dict[str, bytes] = {}
        self.file_cut: Optional[int] = None
        self.requests: List[Tuple[str, Dict[str, str], bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                line = f"{self.command} {self.path}"
                outer.requests.append((line, dict(self.headers), self.rfile.read(length)))
                self._send(outer.answer(line, self.headers.get("Range")))

            do_POST = do_DELETE = do_GET

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def on(self, line: str, *answers: Answer) -> None:
        self.answers.setdefault(line, []).extend(answers)

    def lines(self) -> List[str]:
        return [line for line, _, _ in self.requests]

    def answer(self, line: str, byte_range: Optional[str]) -> Answer:
        name = line.rpartition("/artifacts/")[2]
        if name in self.files:
            first = int(byte_range[len("bytes="):-1]) if byte_range else 0
            return Answer(206 if first else 200, self.files[name][first:], cut=self.file_cut)
        queue = self.answers.get(line)
        if not queue:
            return Answer(404, {"code": "not-found", "detail": "no such path"})
        return queue.pop(0) if len(queue) > 1 else queue[0]


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)
        self.client = Client(self.server.url, "secret", timeout=5, patience=2, pause=0.01)

    def test_submitting_twice_after_a_lost_answer_uses_one_key(self) -> None:
        self.server.on("POST /v1/jobs", Answer(202, job("VALIDATING"), cut=3), Answer(202, job("VALIDATING")))
        self.assertEqual(self.client.submit({"model": {}}).id, "j1")
        keys = [headers["Idempotency-Key"] for _, headers, _ in self.server.requests]
        self.assertEqual(len(keys), 2)
        self.assertEqual(keys[0], keys[1])
        self.client.submit({"model": {}})
        self.assertNotEqual(self.server.requests[-1][1]["Idempotency-Key"], keys[0])

    def test_every_call_carries_the_token(self) -> None:
        self.server.on("GET /v1/workers", Answer(200, []))
        self.client.workers()
        self.assertEqual(self.server.requests[0][1]["Authorization"], "Bearer secret")

    def test_a_busy_gateway_says_when_to_come_again(self) -> None:
        busy = Answer(429, {"code": "too-many-requests"}, {"Retry-After": "1"})
        self.server.on("GET /v1/workers", busy, Answer(200, []))
        begin = time.monotonic()
        self.assertEqual(self.client.workers(), [])
        self.assertGreaterEqual(time.monotonic() - begin, 1.0)

    def test_a_gateway_that_stays_busy_is_a_problem(self) -> None:
        self.server.on("GET /v1/workers", Answer(503, {"code": "starting"}))
        with self.assertRaises(sparsemesh.ProblemError) as raised:
            self.client.workers()
        self.assertEqual((raised.exception.status, raised.exception.code), (503, "starting"))
        self.assertEqual(len(self.server.requests), 4)

    def test_a_refusal_has_every_fault_and_is_not_repeated(self) -> None:
        errors = [{"pointer": "/method", "code": "missing-field", "detail": "expected one"}]
        self.server.on("POST /v1/jobs?validateOnly=true", Answer(422, {"code": "invalid-request", "errors": errors}))
        with self.assertRaises(sparsemesh.ProblemError) as raised:
            self.client.validate({})
        self.assertEqual(raised.exception.errors, [sparsemesh.FieldError("/method", "missing-field", "expected one")])
        self.assertEqual(len(self.server.requests), 1)

    def test_an_answer_that_is_no_json_is_explained(self) -> None:
        self.server.on("GET /v1/workers", Answer(500, b"<html>"))
        with self.assertRaisesRegex(sparsemesh.ProblemError, "is this a Sparsemesh gateway"):
            self.client.workers()

    def test_nobody_answering_is_unreachable(self) -> None:
        self.server.close()
        with self.assertRaisesRegex(sparsemesh.UnreachableError, "no gateway answers at " + self.server.url):
            self.client.workers()

    def test_lists_go_over_all_pages_and_carry_filters(self) -> None:
        item = {**job("FAILED"), "model": {}, "method": {}, "labels": {"team": "a"}}
        first = "GET /v1/jobs?pageSize=2&state=FAILED&label.team=a"
        self.server.on(first, Answer(200, {"items": [item, item], "nextPageToken": "t/1"}))
        self.server.on(first + "&pageToken=t%2F1", Answer(200, {"items": [item]}))
        found = list(self.client.list(state="FAILED", labels={"team": "a"}, page_size=2))
        self.assertEqual([summary.labels for summary in found], [{"team": "a"}] * 3)

    def test_waiting_polls_until_the_end_and_raises_what_went_wrong(self) -> None:
        poll = "GET /v1/jobs/j1?wait=30s"
        self.server.on(poll, Answer(200, job("PRUNING")), Answer(503, {}), Answer(200, job("FAILED")))
        with self.assertRaisesRegex(sparsemesh.JobFailedError, "job j1 FAILED: why"):
            self.client.job("j1").wait()
        self.assertEqual(self.client.job("j1").wait(check=False).state, "FAILED")

    def test_waiting_has_a_limit(self) -> None:
        self.server.on("GET /v1/jobs/j1", Answer(200, job("PRUNING")))
        with self.assertRaises(sparsemesh.WaitTimeoutError):
            self.client.job("j1").wait(timeout=0.3)

    def test_events_resume_without_gaps_or_doubles(self) -> None:
        stream = b"".join(
            b'id: %d\ndata: {"jobId":"j1","seq":%d,"type":"t","at":"now","data":{}}\n\n' % (n, n) for n in range(1, 7))
        end = b"event: end\ndata: {}\n\n"
        each = len(stream) // 6
        self.server.on(
            "GET /v1/jobs/j1/events",
            Answer(200, stream, cut=2 * each + 20),
            Answer(503, {}),
            Answer(200, b": heartbeat\n\n", cut=5),
            Answer(200, stream[each:], cut=3 * each + 1),
            Answer(200, stream[4 * each:] + end))
        seen = [event.seq for event in self.client.job("j1").events()]
        self.assertEqual(seen, [1, 2, 3, 4, 5, 6])
        asked = [headers.get("Last-Event-ID") for _, headers, _ in self.server.requests]
        self.assertEqual(asked, [None, "2", "2", "2", "4"])

    def test_events_of_an_unknown_job_are_a_problem(self) -> None:
        with self.assertRaises(sparsemesh.ProblemError):
            list(self.client.job("j1").events())


class DownloadTest(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.close)
        self.client = Client(self.server.url, timeout=5, patience=0, pause=0.01)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.target = Path(folder.name) / "out"
        self.listed: List[Dict[str, Any]] = []
        self.add("config.json", b"{}")
        self.add("empty", b"")
        self.add("model.safetensors", WEIGHTS)
        self.server.on("GET /v1/jobs/j1/artifacts", Answer(200, self.listed))

    def add(self, name: str, data: bytes) -> None:
        self.server.files[name] = data
        self.listed.append({"name": name, "size": len(data), "sha256": sha256(data)})
        self.server.answers["GET /v1/jobs/j1/artifacts"] = [Answer(200, self.listed)]

    def names(self) -> List[str]:
        return sorted(path.name for path in self.target.parent.iterdir())

    def test_cut_connections_are_resumed_where_they_ended(self) -> None:
        self.server.file_cut = 200_000
        self.client.job("j1").download(self.target)
        self.assertEqual((self.target / "model.safetensors").read_bytes(), WEIGHTS)
        ranges = [headers.get("Range") for line, headers, _ in self.server.requests if "model" in line]
        self.assertEqual(ranges, [None, "bytes=200000-", "bytes=400000-"])
        self.assertEqual(self.names(), ["out"])

    def elsewhere(self) -> Server:
        """Files lie at another host, to which the gateway sends."""
        other = Server()
        self.addCleanup(other.close)
        other.files = dict(self.server.files)
        self.server.files = {}
        for name in other.files:
            address = f"{other.url}/bucket/artifacts/{name}"
            self.server.on(f"GET /v1/jobs/j1/artifacts/{name}", Answer(307, b"", {"Location": address}))
        return other

    def test_files_elsewhere_are_fetched_without_the_token(self) -> None:
        other = self.elsewhere()
        other.file_cut = 200_000
        client = Client(self.server.url, "secret", timeout=5, patience=0, pause=0.01)
        client.job("j1").download(self.target)
        self.assertEqual((self.target / "model.safetensors").read_bytes(), WEIGHTS)
        self.assertTrue(all(h.get("Authorization") == "Bearer secret" for _, h, _ in self.server.requests))
        self.assertEqual([h for _, h, _ in other.requests if "Authorization" in h or "If-Range" in h], [])
        ranges = [headers.get("Range") for line, headers, _ in other.requests if "model" in line]
        self.assertEqual(ranges, [None, "bytes=200000-", "bytes=400000-"])

    def test_a_host_that_refuses_is_named(self) -> None:
        self.elsewhere().files = {}
        with self.assertRaisesRegex(sparsemesh.ProblemError, "404 : 127.0.0.1 refuses the download"):
            self.client.job("j1").download(self.target)

    def test_other_addresses_than_of_the_web_are_not_followed(self) -> None:
        self.server.files = {}
        self.server.on("GET /v1/jobs/j1/artifacts/config.json", Answer(307, b"", {"Location": "file:///etc/passwd"}))
        with self.assertRaisesRegex(sparsemesh.SparsemeshError, "found 'file:///etc/passwd'"):
            self.client.job("j1").download(self.target)

    def test_a_wrong_digest_leaves_no_folder(self) -> None:
        self.server.files["model.safetensors"] = bytes(len(WEIGHTS))
        with self.assertRaisesRegex(sparsemesh.DigestError, "'model.safetensors': expected sha256"):
            self.client.job("j1").download(self.target)
        self.assertEqual(self.names(), [".out.j1"])
        self.server.files["model.safetensors"] = WEIGHTS
        self.client.job("j1").download(self.target)
        self.assertEqual(self.names(), ["out"])

    def test_a_connection_that_brings_nothing_ends_it(self) -> None:
        self.server.file_cut = 0
        with self.assertRaises(sparsemesh.UnreachableError):
            self.client.job("j1").download(self.target)

    def test_only_outputs_are_replaced(self) -> None:
        self.target.mkdir()
        (self.target / "thesis.txt").write_text("years of work")
        for replace in (False, True):
            with self.assertRaises(FileExistsError):
                self.client.job("j1").download(self.target, replace=replace)
        (self.target / "sparsemesh-report.json").write_text("{}")
        self.client.job("j1").download(self.target, replace=True)
        self.assertFalse((self.target / "thesis.txt").exists())
        self.assertEqual(self.names(), ["out"])

    def test_folders_of_a_sweep_come_with_what_their_reports_list(self) -> None:
        self.server.files["s50/config.json"] = b"[]"
        entry = {"name": "config.json", "size": 2, "sha256": sha256(b"[]")}
        self.add("s50/sparsemesh-report.json", json.dumps({"files": [entry]}).encode())
        self.client.job("j1").download(self.target)
        self.assertEqual((self.target / "s50" / "config.json").read_bytes(), b"[]")

    def test_names_that_leave_the_folder_are_refused(self) -> None:
        for name in ("../x", "/etc/passwd", "a/../x", "a\\x"):
            self.add(name, b"x")
            with self.assertRaisesRegex(sparsemesh.SparsemeshError, "below the folder"):
                self.client.job("j1").download(self.target)
            self.listed.pop()

    def test_a_job_without_output_says_its_state(self) -> None:
        self.server.answers["GET /v1/jobs/j1/artifacts"] = [Answer(200, [])]
        self.server.on("GET /v1/jobs/j1", Answer(200, job("PRUNING")))
        with self.assertRaisesRegex(sparsemesh.SparsemeshError, "job j1 is PRUNING"):
            self.client.job("j1").download(self.target)


if __name__ == "__main__":
    unittest.main()
