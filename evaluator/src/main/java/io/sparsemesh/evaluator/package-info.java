/// Evaluation tasks: perplexity and zero-shot accuracy of a checkpoint, a slice of a suite at a
/// time. Plain classes; what runs them as a service is in `service`.
package io.sparsemesh.evaluator;
