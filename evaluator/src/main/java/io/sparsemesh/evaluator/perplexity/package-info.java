/// Perplexity of texts and token ids.
package io.sparsemesh.evaluator.perplexity;
