/// Native memory for large matrices.
package io.sparsemesh.engine.device.memory;
