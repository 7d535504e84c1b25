package io.sparsemesh.evaluator.zeroshot;

/// A text whose end a model is asked the likelihood of.
///
/// @param context what is given
/// @param continuation what is scored
record Request(String context, String continuation) {}
