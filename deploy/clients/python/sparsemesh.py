"""Client of a Sparsemesh gateway: one typed file on the standard library, Python 3.9 or newer.

    client = Client("http://127.0.0.1:8080")
    job = client.submit(request)
    print(job.wait().result["pruned"])
    job.download("opt-125m-50")

Calls that may be repeated are repeated when the connection breaks or the gateway is busy. Submitting
is one of them: each submission has an idempotency key, so that it makes one job however often it is sent.
"""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import json
import os
import random
import shutil
import ssl
import time
import urllib.parse
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple, Type, Union

__all__ = [
    "Artifact", "Client", "DigestError", "Evaluation", "Event", "FieldError", "Job", "JobCancelledError",
    "JobFailedError", "JobInfo", "JobSummary", "Layer", "ModelInfo", "Plan", "ProblemError", "Progress",
    "SparsemeshError", "TERMINAL", "UnreachableError", "WaitTimeoutError", "Worker", "file_uri",
]

Json = Dict[str, Any]

#: States in which a job stays.
TERMINAL = frozenset({"SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED"})

_REPORT = "sparsemesh-report.json"
_PASSING = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({302, 307})
_PIECE = 1 << 17


def file_uri(path: Union[str, "os.PathLike[str]"]) -> str:
    """The URI of a file or folder of the gateway's machine, as requests name sources and outputs."""
    return Path(path).absolute().as_uri()


# ---- What goes wrong


class SparsemeshError(Exception):
    """Any error of this client."""


class UnreachableError(SparsemeshError):
    """Nobody answers at the gateway's address, or the connection broke too often."""


class DigestError(SparsemeshError):
    """A downloaded file is not the one that the job wrote."""


class WaitTimeoutError(SparsemeshError):
    """The job did not end within the time given."""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request; ``pointer`` is a JSON pointer into it."""

    pointer: str
    code: str
    detail: str


class ProblemError(SparsemeshError):
    """The gateway refused a call (RFC 9457); ``code`` and ``errors`` are those of docs/api.md."""

    def __init__(self, status: int, code: str, detail: str, errors: List[FieldError]) -> None:
        lines = [f"{status} {code}: {detail}"] + [f"  {e.pointer}: {e.detail}" for e in errors]
        super().__init__("\n".join(lines))
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors


class JobFailedError(SparsemeshError):
    """The job ended FAILED; ``job.error`` says why."""

    def __init__(self, job: "JobInfo") -> None:
        super().__init__(f"job {job.id} {job.state}: {job.state_reason}")
        self.job = job


class JobCancelledError(JobFailedError):
    """The job ended CANCELLED."""


# ---- What the gateway answers


@dataclass(frozen=True)
class Progress:
    layers_done: int
    layers_total: int
    percent: float
    eta_seconds: Optional[int]

    @staticmethod
    def of(json: Json) -> "Progress":
        return Progress(json["layersDone"], json["layersTotal"], json["percent"], json.get("etaSeconds"))


@dataclass(frozen=True)
class JobInfo:
    """A job as it was when the gateway answered; times are ISO 8601 in UTC."""

    id: str
    state: str
    state_reason: str
    created_at: str
    started_at: Optional[str]
    finished_at: Optional[str]
    progress: Progress
    request: Json
    result: Optional[Json]
    error: Optional[Json]

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL

    @staticmethod
    def of(json: Json) -> "JobInfo":
        return JobInfo(
            json["id"], json["state"], json.get("stateReason") or "", json["createdAt"], json.get("startedAt"),
            json.get("finishedAt"), Progress.of(json["progress"]), json["request"], json.get("result"),
            json.get("error"))


@dataclass(frozen=True)
class JobSummary:
    """A job in a list."""

    id: str
    state: str
    state_reason: str
    created_at: str
    progress: Progress
    model: Json
    method: Json
    labels: Dict[str, str]

    @staticmethod
    def of(json: Json) -> "JobSummary":
        return JobSummary(
            json["id"], json["state"], json.get("stateReason") or "", json["createdAt"],
            Progress.of(json["progress"]), json["model"], json["method"], json.get("labels") or {})


@dataclass(frozen=True)
class Layer:
    """One linear of a job; what is measured is ``None`` until it is pruned."""

    name: str
    block: int
    state: str
    attempt: int
    worker: Optional[str]
    sparsity: Optional[float]
    relative_error: Optional[float]
    damping_used: Optional[float]
    tokens: Optional[int]
    millis: Optional[int]
    fallback: Optional[str]
    refit: Optional[Json]

    @staticmethod
    def of(json: Json) -> "Layer":
        return Layer(
            json["name"], json["block"], json["state"], json["attempt"], json.get("worker"), json.get("sparsity"),
            json.get("relativeError"), json.get("dampingUsed"), json.get("tokens"), json.get("millis"),
            json.get("fallback"), json.get("refit"))


@dataclass(frozen=True)
class Evaluation:
    """What was measured on one variant so far; ``task`` is the name that the request gave, ``suite`` its kind."""

    suite: str
    task: str
    variant: str
    state: str
    items: int
    metrics: Dict[str, float]

    @staticmethod
    def of(json: Json) -> "Evaluation":
        return Evaluation(
            json["suite"], json["task"], json["variant"], json["state"], json["items"], json.get("metrics") or {})


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; ``seq`` counts its events from 1."""

    job_id: str
    seq: int
    type: str
    at: str
    data: Json

    @staticmethod
    def of(json: Json) -> "Event":
        return Event(json["jobId"], json["seq"], json["type"], json["at"], json.get("data") or {})


@dataclass(frozen=True)
class Artifact:
    """A file of a job's output; ``name`` is relative to its folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Worker:
    name: str
    role: str
    state: str
    device: str
    memory_bytes: int
    current_task: str
    last_heartbeat: str
    version: str
    gpu: str = ""
    driver: str = ""

    @staticmethod
    def of(json: Json) -> "Worker":
        return Worker(
            json["name"], json["role"], json["state"], json["device"], json["memoryBytes"],
            json.get("currentTask") or "", json["lastHeartbeat"], json["version"],
            json.get("gpu") or "", json.get("driver") or "")


@dataclass(frozen=True)
class ModelInfo:
    """A model; if it is not ``prunable``, ``reason`` says why and the rest is missing in ``raw``."""

    uri: str
    prunable: bool
    reason: Optional[str]
    family: Optional[str]
    blocks: Optional[int]
    parameters: Optional[int]
    raw: Json

    @staticmethod
    def of(json: Json) -> "ModelInfo":
        return ModelInfo(
            json["uri"], json["prunable"], json.get("reason"), json.get("family"), json.get("blocks"),
            json.get("parameters"), json)


@dataclass(frozen=True)
class Plan:
    """What a job would do; ``request`` has every default filled in, ``raw`` has the figures too."""

    blocks: List[int]
    matched: List[Json]
    skipped: List[Json]
    bytes_read: int
    bytes_written: int
    request: Json
    raw: Json

    @staticmethod
    def of(json: Json) -> "Plan":
        return Plan(
            json["blocks"], json["matched"], json["skipped"], json["bytesRead"], json["bytesWritten"],
            json["request"], json)


# ---- One connection


class _Answer:
    """An answer whose body is still to be read; closes its connection."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self.response = response

    def __enter__(self) -> http.client.HTTPResponse:
        return self.response

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.response.close()
        self._connection.close()


class _Retries:
    """Whether and how long to wait before a call is made again."""

    def __init__(self, attempts: int, patience: float, pause: float) -> None:
        self._attempts = attempts
        self._patience = patience
        self._pause = pause
        self._failures = 0
        self._since = time.monotonic()

    def succeeded(self) -> None:
        """Forgets earlier failures."""
        self._failures = 0
        self._since = time.monotonic()

    def failed(self, error: SparsemeshError, retry_after: Optional[float] = None) -> None:
        """Returns when it is time for the next attempt, or raises ``error`` if there is none."""
        self._failures += 1
        if self._failures >= self._attempts and time.monotonic() - self._since >= self._patience:
            raise error
        pause = min(10.0, self._pause * 2.0 ** (self._failures - 1)) * random.uniform(0.5, 1.0)
        time.sleep(pause if retry_after is None else min(60.0, retry_after))


class Client:
    """Speaks to one gateway. Safe to use from several threads: each call has a connection of its own.

    :param url: such as ``http://127.0.0.1:8080``; default ``SPARSEMESH_URL``, else that
    :param token: sent as bearer token; default ``SPARSEMESH_TOKEN``, if set
    :param timeout: seconds that connecting, and each single read, may take
    :param attempts: how often a call is made before it fails, where it may be repeated
    :param patience: seconds for which waiting, events and downloads bear a gateway that is gone
    :param pause: seconds before the second attempt, about; twice as long before each further one
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        patience: float = 60.0,
        pause: float = 0.5,
    ) -> None:
        self.url = (url or os.environ.get("SPARSEMESH_URL") or "http://127.0.0.1:8080").rstrip("/")
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected a gateway like http://127.0.0.1:8080, found {self.url}")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._prefix = parts.path
        self._token = token or os.environ.get("SPARSEMESH_TOKEN") or None
        self._timeout = timeout
        self._attempts = attempts
        self._patience = patience
        self._pause = pause

    # -- Jobs

    def submit(self, request: Mapping[str, Any], *, idempotency_key: Optional[str] = None) -> "Job":
        """Submits a job as docs/api.md describes it.

        :param idempotency_key: submitting again with the same key and request gives the first job; made up if absent
        :raises ProblemError: if the gateway refuses; ``errors`` has every fault
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        answer = self._json("POST", "/v1/jobs", body=request, headers=headers)
        return Job(self, answer["id"])

    def validate(self, request: Mapping[str, Any]) -> Plan:
        """Plans a job without submitting it."""
        return Plan.of(self._json("POST", "/v1/jobs", {"validateOnly": "true"}, body=request))

    def job(self, id: str) -> "Job":
        """A job by its id; whether there is one shows with the first call."""
        return Job(self, id)

    def list(
        self,
        *,
        state: Union[str, List[str], None] = None,
        labels: Optional[Mapping[str, str]] = None,
        model: Optional[str] = None,
        page_size: int = 100,
    ) -> Iterator[JobSummary]:
        """Iterates over jobs, newest first; pages are read as they are needed."""
        query = {"pageSize": str(page_size)}
        if state:
            query["state"] = state if isinstance(state, str) else ",".join(state)
        if model:
            query["model"] = model
        query.update({f"label.{name}": value for name, value in (labels or {}).items()})
        return (JobSummary.of(item) for item in self._pages("/v1/jobs", query))

    # -- Everything else

    def inspect(self, uri: str) -> ModelInfo:
        """Tells what of a model can be pruned, or why nothing."""
        return ModelInfo.of(self._json("GET", "/v1/models/inspect", {"uri": uri}))

    def workers(self) -> List[Worker]:
        answer = self._json("GET", "/v1/workers")
        return [Worker.of(worker) for worker in answer]

    def webhook_secrets(self) -> List[str]:
        """What the tenant's receivers verify webhooks with; needs the scope admin."""
        return list(self._json("GET", "/v1/webhook-secrets")["secrets"])

    # -- How calls are made

    def _pages(self, path: str, query: Dict[str, str]) -> Iterator[Json]:
        while True:
            page = self._json("GET", path, query)
            yield from page["items"]
            if not page.get("nextPageToken"):
                return
            query = {**query, "pageToken": page["nextPageToken"]}

    def _retries(self, patience: float) -> _Retries:
        return _Retries(self._attempts, patience, self._pause)

    def _json(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, str]] = None,
        *,
        body: Optional[Mapping[str, Any]] = None,
        headers: Optional[Mapping[str, str]] = None,
        patience: float = 0.0,
        timeout: Optional[float] = None,
    ) -> Any:
        """Makes a call that may be repeated, as all of the gateway may."""
        retries = self._retries(patience)
        data = None if body is None else json.dumps(body).encode()
        while True:
            try:
                with self._open(method, path, query, data, headers, timeout) as response:
                    text = response.read()
                return json.loads(text) if text else {}
            except UnreachableError as error:
                retries.failed(error)
            except (OSError, http.client.HTTPException) as error:
                retries.failed(UnreachableError(f"{self.url}: {error!r}"))
            except _BusyError as busy:
                retries.failed(busy.problem, busy.retry_after)

    def _open(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, str]] = None,
        body: Optional[bytes] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: Optional[float] = None,
    ) -> _Answer:
        """Makes a call once and returns its answer, if it is a good one."""
        connection = self._connection(timeout or self._timeout)
        target = self._prefix + path + ("?" + urllib.parse.urlencode(query) if query else "")
        try:
            connection.request(method, target, body, self._headers(body, headers))
            response = connection.getresponse()
            if response.status // 100 == 2:
                return _Answer(connection, response)
            if response.status not in _REDIRECTS or method != "GET":
                raise _refusal(response)
            address = response.getheader("Location") or ""
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise UnreachableError(f"no gateway answers at {self.url}: {error!r}") from error
        except BaseException:
            connection.close()
            raise
        connection.close()
        return self._open_elsewhere(address, headers or {}, timeout or self._timeout)

    def _open_elsewhere(self, address: str, headers: Mapping[str, str], timeout: float) -> _Answer:
        """Opens what the gateway sent us to, once. The address itself gives access: no token goes there.

        The entity tags of that host are its own, so a range is asked for without ``If-Range``; whoever reads
        checks the digest.
        """
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in (("https",) if self._secure else ("http", "https")) or not parts.hostname:
            raise SparsemeshError(f"{self.url}: expected to be sent to an address, found '{address}'")
        connection = _connection(parts.scheme == "https", parts.hostname, parts.port, timeout)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        try:
            connection.request("GET", target, None, {k: v for k, v in headers.items() if k == "Range"})
            response = connection.getresponse()
            if response.status // 100 != 2:
                raise _refusal_elsewhere(parts.hostname, response)
            return _Answer(connection, response)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise UnreachableError(f"no answer from {parts.hostname}: {error!r}") from error
        except BaseException:
            connection.close()
            raise

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        return _connection(self._secure, self._host, self._port, timeout)

    def _headers(self, body: Optional[bytes], headers: Optional[Mapping[str, str]]) -> Dict[str, str]:
        all_headers = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        if self._token:
            all_headers["Authorization"] = "Bearer " + self._token
        return all_headers


def _connection(secure: bool, host: str, port: Optional[int], timeout: float) -> http.client.HTTPConnection:
    if secure:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout)


class _BusyError(Exception):
    """A refusal that may pass."""

    def __init__(self, problem: ProblemError, retry_after: Optional[float]) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.retry_after = retry_after


def _refusal(response: http.client.HTTPResponse) -> Exception:
    text = response.read()
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"detail": "the answer is no JSON object; is this a Sparsemesh gateway?"}
    errors = [
        FieldError(e.get("pointer", ""), e.get("code", ""), e.get("detail", "")) for e in body.get("errors") or []
    ]
    detail = body.get("detail") or body.get("title") or response.reason
    problem = ProblemError(response.status, body.get("code") or "", detail, errors)
    if response.status in _PASSING:
        return _BusyError(problem, _retry_after(response.getheader("Retry-After")))
    return problem


def _refusal_elsewhere(host: str, response: http.client.HTTPResponse) -> Exception:
    """Of a host that is no gateway, and describes its problems in another way."""
    detail = f"{host} refuses the download: {response.reason}"
    problem = ProblemError(response.status, "", detail, [])
    if response.status in _PASSING:
        return _BusyError(problem, _retry_after(response.getheader("Retry-After")))
    return problem


def _retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds, from a number or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


# ---- One job


class Job:
    """A job of the gateway, by its id."""

    def __init__(self, client: Client, id: str) -> None:
        self._client = client
        self.id = id
        self._path = "/v1/jobs/" + urllib.parse.quote(id, safe="")

    def __repr__(self) -> str:
        return f"Job({self.id!r})"

    def info(self) -> JobInfo:
        """The job as it is now."""
        return JobInfo.of(self._client._json("GET", self._path))

    def wait(self, timeout: Optional[float] = None, *, check: bool = True) -> JobInfo:
        """Returns the job when it has ended.

        :param timeout: seconds, ``None`` for no limit
        :param check: raise if it ended otherwise than SUCCEEDED or DEGRADED
        :raises JobFailedError: or :class:`JobCancelledError`, if ``check``
        :raises WaitTimeoutError: if it has not ended in time; it goes on
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = 30.0 if end is None else end - time.monotonic()
            info = self._poll(max(0, min(30, int(left))))
            if info.is_terminal:
                return self._checked(info) if check else info
            if end is not None and time.monotonic() >= end:
                raise WaitTimeoutError(f"job {self.id} is {info.state} after {timeout} s: {info.state_reason}")

    def _poll(self, seconds: int) -> JobInfo:
        client = self._client
        if seconds == 0:
            time.sleep(0.1)
            return self.info()
        query = {"wait": f"{seconds}s"}
        return JobInfo.of(
            client._json("GET", self._path, query, patience=client._patience, timeout=client._timeout + seconds))

    @staticmethod
    def _checked(info: JobInfo) -> JobInfo:
        if info.state == "FAILED":
            raise JobFailedError(info)
        if info.state == "CANCELLED":
            raise JobCancelledError(info)
        return info

    def layers(self) -> Iterator[Layer]:
        """Iterates over the linears that the job prunes."""
        return (Layer.of(item) for item in self._client._pages(self._path + "/layers", {"pageSize": "500"}))

    def evaluations(self) -> List[Evaluation]:
        return [Evaluation.of(item) for item in self._client._json("GET", self._path + "/evaluations")]

    def cancel(self) -> JobInfo:
        return JobInfo.of(self._client._json("POST", self._path + ":cancel"))

    def retry(self, damping: Optional[float] = None) -> JobInfo:
        """Runs a failed or cancelled job again; finished layers are kept, others get this damping."""
        body = None if damping is None else {"damping": damping}
        return JobInfo.of(self._client._json("POST", self._path + ":retry", body=body))

    def delete(self) -> None:
        """Forgets a job that has ended; its output stays."""
        self._client._json("DELETE", self._path)

    def events(self, after: int = 0) -> Iterator[Event]:
        """Iterates over what happens to the job until it ends, each event once and in order.

        A connection that breaks is made again from the last event that came whole.

        :param after: number of the last event that is known already
        """
        client = self._client
        last = after
        retries = client._retries(0.0)
        while True:
            try:
                headers = {"Accept": "text/event-stream"}
                if last:
                    headers["Last-Event-ID"] = str(last)
                with client._open("GET", self._path + "/events", headers=headers) as response:
                    for kind, data in _server_events(response):
                        if kind == "end":
                            return
                        event = Event.of(json.loads(data))
                        if event.seq > last:
                            last = event.seq
                            retries.succeeded()
                            yield event
                error: SparsemeshError = UnreachableError(f"{client.url}: the event stream of {self.id} broke")
            except UnreachableError as unreachable:
                error = unreachable
            except (OSError, http.client.HTTPException) as broken:
                error = UnreachableError(f"{client.url}: {broken!r}")
            except _BusyError as busy:
                error = busy.problem
            retries.failed(error)
            retries._patience = client._patience

    def artifacts(self) -> List[Artifact]:
        """Files of the output; none before the job has one. Of a sweep also those that its reports list."""
        found = [_artifact("", item) for item in self._client._json("GET", self._path + "/artifacts")]
        names = {file.name for file in found}
        for report in [file for file in found if file.name.endswith("/" + _REPORT)]:
            folder = report.name[: -len(_REPORT)]
            listed = [_artifact(folder, item) for item in json.loads(self._bytes(report))["files"]]
            found += [file for file in listed if file.name not in names]
        return found

    def download(
        self,
        directory: Union[str, "os.PathLike[str]"],
        *,
        replace: bool = False,
        progress: Optional[Callable[[Artifact, int], None]] = None,
    ) -> Path:
        """Brings the output folder, of a sweep all its folders, to this machine.

        Files are gathered in a hidden folder beside ``directory``, which takes that name when all are there, each
        of the right size and SHA-256. After an error that folder stays, and the same call goes on with it.

        :param replace: replace ``directory`` if it is a job's output
        :param progress: called with a file and how many bytes of it are there
        :raises FileExistsError: if ``directory`` exists, and is not to be or must not be replaced
        :raises DigestError: if a file is not the one that the job wrote
        """
        target = Path(directory).absolute()
        if target.exists() and not (replace and _is_output(target)):
            raise FileExistsError(f"{target}: expected no such folder" + (", or a job's output" if replace else ""))
        files = self.artifacts()
        if not files:
            info = self.info()
            raise SparsemeshError(f"job {self.id} is {info.state} and has no output")
        partial = target.with_name(f".{target.name}.{self.id}")
        for file in files:
            path = partial / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fetch(file, path, progress)
        _publish(partial, target)
        return target

    def _artifact_path(self, file: Artifact) -> str:
        return f"{self._path}/artifacts/{urllib.parse.quote(file.name)}"

    def _bytes(self, file: Artifact) -> bytes:
        retries = self._client._retries(self._client._patience)
        while True:
            try:
                with self._client._open("GET", self._artifact_path(file)) as response:
                    body = response.read()
                _check(file, hashlib.sha256(body).hexdigest())
                return body
            except UnreachableError as error:
                retries.failed(error)
            except (OSError, http.client.HTTPException) as error:
                retries.failed(UnreachableError(f"{self._client.url}: {error!r}"))
            except _BusyError as busy:
                retries.failed(busy.problem, busy.retry_after)

    def _fetch(self, file: Artifact, path: Path, progress: Optional[Callable[[Artifact, int], None]]) -> None:
        retries = self._client._retries(self._client._patience)
        with open(path, "ab") as out:
            if out.tell() > file.size:
                out.truncate(0)
            while out.tell() < file.size:
                before = out.tell()
                error, wait = self._receive(file, out.tell(), _Sink(out, file, progress))
                out.flush()
                if error is not None:
                    if out.tell() > before:
                        retries.succeeded()
                    retries.failed(error, wait)
            os.fsync(out.fileno())
        try:
            _check(file, _sha256(path))
        except DigestError:
            path.unlink()
            raise

    def _receive(
        self, file: Artifact, first: int, sink: "_Sink"
    ) -> Tuple[Optional[SparsemeshError], Optional[float]]:
        """One connection; returns what broke it, if anything did, and how long the gateway wants to be left alone."""
        headers = {"Range": f"bytes={first}-", "If-Range": f'"{file.sha256}"'} if first else {}
        try:
            with self._client._open("GET", self._artifact_path(file), headers=headers) as response:
                if response.status != 206:
                    sink.restart()
                while True:
                    piece = response.read1(_PIECE)
                    if not piece:
                        break
                    sink.write(piece)
            cut = UnreachableError(f"{self._client.url}: the connection broke in '{file.name}'")
            return (None if sink.is_full() else cut), None
        except UnreachableError as error:
            return error, None
        except _BusyError as busy:
            return busy.problem, busy.retry_after
        except (OSError, http.client.HTTPException) as error:
            return UnreachableError(f"{self._client.url}: {error!r}"), None


class _Sink:
    """Where the bytes of one file go."""

    def __init__(self, out: Any, file: Artifact, progress: Optional[Callable[[Artifact, int], None]]) -> None:
        self._out = out
        self._file = file
        self._progress = progress

    def restart(self) -> None:
        self._out.truncate(0)
        self._out.seek(0)

    def write(self, piece: bytes) -> None:
        self._out.write(piece)
        there = self._out.tell()
        if there > self._file.size:
            raise DigestError(f"'{self._file.name}': expected {self._file.size} bytes, found more")
        if self._progress is not None:
            self._progress(self._file, there)

    def is_full(self) -> bool:
        return bool(self._out.tell() == self._file.size)


def _server_events(response: http.client.HTTPResponse) -> Iterator[Tuple[str, str]]:
    """Type and data of each whole event of a text/event-stream; what the end cuts off is dropped."""
    kind, data = "message", []
    while True:
        line = response.readline()
        if not line.endswith(b"\n"):
            return
        field, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            kind = value
        elif field == "data":
            data.append(value)
        elif not field and not value and line.strip() == b"":
            if data:
                yield kind, "\n".join(data)
            kind, data = "message", []


def _artifact(folder: str, item: Json) -> Artifact:
    name = folder + item["name"]
    parts = name.split("/")
    if "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise SparsemeshError(f"expected names of files below the folder, found '{name}'")
    return Artifact(name, item["size"], item["sha256"])


def _is_output(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    return (folder / _REPORT).is_file() or all((entry / _REPORT).is_file() for entry in folder.iterdir())


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(_PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()


def _check(file: Artifact, found: str) -> None:
    if found != file.sha256:
        raise DigestError(f"'{file.name}': expected sha256 {file.sha256}, found {found}")


def _publish(partial: Path, target: Path) -> None:
    if target.exists():
        old = partial.with_name(partial.name + ".old")
        target.rename(old)
        partial.rename(target)
        shutil.rmtree(old)
    else:
        partial.rename(target)
