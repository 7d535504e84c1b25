/// What all suites have in common.
package io.sparsemesh.evaluator.suite;
