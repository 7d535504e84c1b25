/// Texts and token ids that models are calibrated and measured on.
package io.sparsemesh.engine.corpus;
