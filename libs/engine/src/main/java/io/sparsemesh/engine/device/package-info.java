/// Where matrices live and what can be computed with them: the device interfaces, the CPU, and the
/// naive device that the others are tested against.
package io.sparsemesh.engine.device;
