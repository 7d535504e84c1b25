/// Zero-shot accuracy as lm-evaluation-harness measures it: task files are read into questions,
/// their answers are scored, and counted.
package io.sparsemesh.evaluator.zeroshot;
