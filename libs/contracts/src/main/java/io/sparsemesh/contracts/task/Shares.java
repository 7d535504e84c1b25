package io.sparsemesh.contracts.task;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// How sparse each linear becomes; a JSON artifact, because it outgrows a message.
///
/// @param linears shares of zeros by full name
public record Shares(Map<String, Double> linears) {
    public Shares {
        linears = Collections.unmodifiableMap(new TreeMap<>(linears));
    }
}
