/// Statistics of a linear layer's inputs.
package io.sparsemesh.engine.calibration;
