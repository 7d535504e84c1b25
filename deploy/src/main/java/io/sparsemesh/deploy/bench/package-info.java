/// Measures whole jobs on a mesh of its own, and makes the models to do it with.
package io.sparsemesh.deploy.bench;
