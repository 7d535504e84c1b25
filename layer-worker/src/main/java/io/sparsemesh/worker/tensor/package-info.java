/// Matrices of a device in safetensors artifacts.
package io.sparsemesh.worker.tensor;
