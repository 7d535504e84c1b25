/// What a process does for a job, as spans that an OpenTelemetry collector gets, and as keys of its
/// log.
package io.sparsemesh.tracing;
