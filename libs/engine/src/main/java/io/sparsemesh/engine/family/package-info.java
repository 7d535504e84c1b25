/// The model families Sparsemesh runs, one file each: config, weight names, block, forward pass.
/// What several share is in small files beside them.
package io.sparsemesh.engine.family;
