/// The tasks of a layer worker: calibrate, solve, assemble, report. Plain classes; what runs them
/// as a service is in `service`.
package io.sparsemesh.worker;
