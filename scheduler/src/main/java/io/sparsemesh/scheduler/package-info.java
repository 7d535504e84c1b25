/// The scheduler: plans jobs, hands out tasks, keeps leases, retries, and owns all job and task
/// state. What it decides is in `core`, which knows no framework; the rest loads, calls and stores.
package io.sparsemesh.scheduler;
