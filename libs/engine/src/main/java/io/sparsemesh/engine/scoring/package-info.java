/// What a model says about given tokens, from which perplexity and zero-shot accuracy follow.
package io.sparsemesh.engine.scoring;
