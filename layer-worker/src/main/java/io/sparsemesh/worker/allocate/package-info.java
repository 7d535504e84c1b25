/// How a job's sparsity is spread over its linears.
package io.sparsemesh.worker.allocate;
