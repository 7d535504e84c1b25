/// Benchmarks that print JSON lines, a check of the result beside every time.
package io.sparsemesh.bench;
