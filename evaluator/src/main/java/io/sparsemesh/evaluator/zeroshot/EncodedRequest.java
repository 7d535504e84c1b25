package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.engine.scoring.ScoredSequence;

/// A request in tokens.
///
/// @param truncated whether it lost its beginning, being longer than the model takes
record EncodedRequest(ScoredSequence sequence, boolean truncated) {}
