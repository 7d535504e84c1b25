package io.sparsemesh.engine.corpus;

import java.nio.file.Path;
import java.util.List;

/// Which sequences a model is calibrated with: always the same for the same files.
///
/// @param parts in the order of their sequences
/// @param length tokens of a sequence
/// @param seed of the first part's choice; that of each further one is the next number
public record SampleChoice(List<Part> parts, How how, int length, long seed) {

    public SampleChoice {
        parts = List.copyOf(parts);
    }

    /// What one file gives.
    ///
    /// @param tensor with the ids of a `.safetensors` file
    /// @param field with the texts of a `.jsonl` file
    /// @param samples number of sequences
    public record Part(Path file, String tensor, String field, int samples) {}

    /// How texts become sequences.
    public enum How {
        /// All texts of a file one after the other, a blank line between them, tokenised at once;
        /// windows as [TokenRows#samples].
        PACKED,
        /// Each text by itself: the beginnings of different ones that are long enough.
        DOCUMENT,
        /// The lines of WikiText with a space between them, tokenised at once; each window begins
        /// at `random.randint(0, tokens - length - 1)`.
        WIKITEXT2,
        /// As [#WIKITEXT2], of the lines of the Penn Treebank.
        PTB,
        /// Texts at `random.randint(0, texts - 1)` until one has more than `length` tokens; a
        /// window of it at `random.randint(0, tokens - length - 1)`.
        C4
    }
}
