/// Measures whole jobs, or the task queue alone, on a mesh of its own, and makes the models to do
/// it with.
package io.sparsemesh.deploy.bench;
