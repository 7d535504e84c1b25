/// Activations of calibration data, and the Gram matrices of what enters the linear layers.
package io.sparsemesh.worker.calibrate;
