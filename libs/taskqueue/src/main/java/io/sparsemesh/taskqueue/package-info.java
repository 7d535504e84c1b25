/// A worker's side of the task queue: it takes tasks through a Kafka share group, says that it
/// started, lets go of the record, works, and reports. Who may report is the scheduler's decision
/// by the lease, so nothing here has to be exactly once.
package io.sparsemesh.taskqueue;
