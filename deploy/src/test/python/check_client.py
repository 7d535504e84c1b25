"""Uses the Python client against a real gateway. Arguments: the gateway's URL, the demo folder, a folder to write in."""

import hashlib
import sys
import time
from pathlib import Path

import sparsemesh
from sparsemesh import Client, file_uri

url, demo, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
client = Client(url)


def request(output, **method):
    return {
        "model": {"uri": file_uri(demo / "valley-opt")},
        "method": {"name": "magnitude", **method},
        "output": {"uri": file_uri(work / output)},
        "labels": {"check": work.name},
    }


def refused(call):
    try:
        call()
    except sparsemesh.ProblemError as problem:
        return problem
    raise AssertionError("expected a refusal")


def expect(found, expected):
    assert found == expected, f"expected {expected}, found {found}"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# What is refused says why.
wrong = refused(lambda: client.submit(request("wrong", sparsty=0.5)))
expect(wrong.status, 422)
expect(sorted(e.code for e in wrong.errors), ["missing-field", "unknown-field"])
expect(refused(lambda: client.job("01k86pjdkl3s60gg8rg7pmp296").info()).code, "not-found")
expect(refused(lambda: client.inspect(file_uri(work / "nothing"))).status, 422)

# What is there.
model = client.inspect(file_uri(demo / "valley-opt"))
expect((model.family, model.blocks, model.prunable), ("OPT", 4, True))
end = time.monotonic() + 30  # A worker is known once it has said something: every 5 s.
while time.monotonic() < end and len({w.role for w in client.workers()}) < 2:
    time.sleep(0.5)
expect({w.role for w in client.workers()}, {"layer-worker", "evaluator"})
plan = client.validate(request("plan", sparsity=0.5))
expect((len(plan.matched), plan.blocks), (24, [0, 1, 2, 3]))

# One key, one job.
asked = request("magnitude", sparsity=0.5)
asked["evaluation"] = {"perplexity": [
    {"name": "test", "uri": file_uri(demo / "ids.safetensors"), "tensor": "test", "sequenceLength": 256}]}
job = client.submit(asked, idempotency_key=f"check:{work}")
expect(client.submit(asked, idempotency_key=f"check:{work}").id, job.id)

# Events count from 1 without a gap, and the end ends them.
events = list(job.events())
expect([e.seq for e in events], list(range(1, len(events) + 1)))
expect(list(job.events(after=len(events))), [])
info = job.wait(timeout=120)
expect((info.state, info.progress.layers_done, info.result["layers"]), ("SUCCEEDED", 24, 24))
expect({layer.state for layer in job.layers()}, {"SUCCEEDED"})
measured = [(e.suite, e.task, e.variant, e.state) for e in job.evaluations()]
expect(measured, [("perplexity", "test", "pruned", "SUCCEEDED")])

# The download is the output, file by file.
target = job.download(work / "download")
written = {p.name: digest(p) for p in (work / "magnitude").iterdir()}
expect({p.name: digest(p) for p in target.iterdir()}, written)

# A job can be cancelled, retried, listed and forgotten.
other = client.submit(request("other", sparsity=0.6))
expect(other.cancel().id, other.id)
expect(other.wait(timeout=60, check=False).state, "CANCELLED")
try:
    other.wait()
    raise AssertionError("expected JobCancelledError")
except sparsemesh.JobCancelledError as cancelled:
    expect(cancelled.job.id, other.id)
other.retry()
expect(other.wait(timeout=120).state, "SUCCEEDED")
expect([j.id for j in client.list(labels={"check": work.name}, page_size=1)], [other.id, job.id])
expect([j.id for j in client.list(labels={"check": work.name}, state=["FAILED", "CANCELLED"])], [])
other.delete()
print(f"checked {len(events)} events, {len(written)} files")
