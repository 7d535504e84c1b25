/// Transformer models: what a checkpoint holds, and running it block by block on a device. Which
/// families there are is the business of `io.sparsemesh.engine.family`.
package io.sparsemesh.engine.model;
