package io.sparsemesh.evaluator.perplexity;

import io.sparsemesh.evaluator.suite.PythonText;
import java.nio.charset.StandardCharsets;

/// A text that is measured by itself.
///
/// @param text that is scored
/// @param words that it counts for
/// @param bytes that it counts for
record Page(String text, long words, long bytes) {

    static Page plain(String text) {
        return counted(text, text);
    }

    /// Counts the article as published, not as it is scored.
    static Page ofWikiText(String article) {
        return counted(WikiText.detokenised(article), article);
    }

    private static Page counted(String text, String original) {
        return new Page(
                text, PythonText.words(original), original.getBytes(StandardCharsets.UTF_8).length);
    }
}
