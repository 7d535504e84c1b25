/// The pruned checkpoint: written, then read again and compared with every claim about it.
package io.sparsemesh.worker.assemble;
