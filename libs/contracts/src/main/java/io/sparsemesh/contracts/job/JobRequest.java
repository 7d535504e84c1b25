package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

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

    /// The request for one of the checkpoints alone, in its own folder. It is this one for the one
    /// without a name.
    public JobRequest of(Candidate candidate) {
        if (candidate.name().isEmpty()) {
            return this;
        }
        return new JobRequest(
                modelUri,
                revision,
                method.of(candidate),
                calibration,
                evaluation,
                output(candidate),
                onFallback,
                priority,
                labels);
    }

    /// Below the output, or hidden beside it if at most one of them stays.
    private Output output(Candidate candidate) {
        String uri = output.uri();
        int leaf = uri.lastIndexOf('/') + 1;
        return new Output(
                method.isSweep()
                        ? uri + "/" + candidate.name()
                        : "%s.%s.%s"
                                .formatted(
                                        uri.substring(0, leaf),
                                        uri.substring(leaf),
                                        candidate.name()),
                output.format());
    }

    /// The checkpoint of that name.
    ///
    /// @throws IllegalArgumentException if there is none
    public Candidate candidate(String name) {
        return Stream.concat(method.candidates().stream(), method.checkpoints().stream())
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "candidate: expected one of %s, found '%s'"
                                                .formatted(method.candidates(), name)));
    }
}
