package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonValue;

/// How calibration samples are chosen from texts. Token ids are used as they are.
public enum Sampling {
    /// Windows anywhere in all texts of a file, set one after the other.
    PACKED("packed"),
    /// The beginnings of different texts.
    DOCUMENT("document"),
    /// The choice that the reference makes from WikiText-2.
    WIKITEXT2("wikitext2"),
    /// The choice that the reference makes from the Penn Treebank.
    PTB("ptb"),
    /// The choice that the reference makes from C4.
    C4("c4");

    private final String text;

    Sampling(String text) {
        this.text = text;
    }

    /// As requests have it.
    @JsonValue
    public String text() {
        return text;
    }

    /// Whether it is one of the reference's, not a way of packing.
    public boolean isReference() {
        return switch (this) {
            case PACKED, DOCUMENT -> false;
            case WIKITEXT2, PTB, C4 -> true;
        };
    }

    /// Whether its texts are set apart, so that a file has to have one in each line.
    public boolean isByDocument() {
        return this == DOCUMENT || this == C4;
    }
}
