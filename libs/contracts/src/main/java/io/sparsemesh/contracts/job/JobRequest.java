package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// A validated job with all defaults filled in. URIs are `file:` URIs of real paths.
///
/// @param modelUri folder of the dense checkpoint
/// @param revision as given by the user; of no meaning for folders
/// @param calibration absent when the method needs none
/// @param priority higher goes first
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobRequest(
        String modelUri,
        String revision,
        Method method,
        Calibration calibration,
        Evaluation evaluation,
        Output output,
        FallbackPolicy onFallback,
        int priority,
        Map<String, String> labels) {

    public JobRequest {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
}
