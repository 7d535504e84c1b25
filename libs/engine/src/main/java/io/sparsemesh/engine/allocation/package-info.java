/// Spreading a sparsity over linears of which some bear more of it than others.
package io.sparsemesh.engine.allocation;
