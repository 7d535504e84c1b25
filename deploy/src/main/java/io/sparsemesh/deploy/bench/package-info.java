/// The benchmark of the task queue: scheduler, Kafka, PostgreSQL and workers that do nothing.
package io.sparsemesh.deploy.bench;
