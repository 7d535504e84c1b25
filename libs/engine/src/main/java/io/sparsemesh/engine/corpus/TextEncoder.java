package io.sparsemesh.engine.corpus;

import io.sparsemesh.engine.tokenizer.Tokenizer;

/// Makes token ids of the texts of a file.
///
/// @param file name of the file, for messages
/// @param vocabulary number of ids that the model has
public record TextEncoder(String file, Tokenizer tokenizer, long vocabulary) {

    /// @param withSpecials as [Tokenizer#encode]
    /// @throws DataException when the text is not Unicode, or has a token that the model lacks
    public int[] encode(String text, boolean withSpecials) {
        int[] ids;
        try {
            ids = tokenizer.encode(text, withSpecials);
        } catch (IllegalArgumentException e) {
            throw new DataException(file, e.getMessage(), e);
        }
        TokenRows.requireBelow(file, vocabulary, ids);
        return ids;
    }
}
