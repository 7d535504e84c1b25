/// Matrices over native memory.
package io.sparsemesh.engine.matrix;
