/// The artifact store: immutable, content-checked files by key.
package io.sparsemesh.artifacts;
