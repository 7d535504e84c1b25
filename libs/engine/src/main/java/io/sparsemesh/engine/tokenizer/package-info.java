/// Text to token ids, by the tokenizer files of a model folder. Needs no network and leaves no
/// files behind.
package io.sparsemesh.engine.tokenizer;
