/// Pruning of the linear layers that share an input.
package io.sparsemesh.worker.solve;
