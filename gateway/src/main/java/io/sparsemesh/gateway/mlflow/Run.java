package io.sparsemesh.gateway.mlflow;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A run of MLflow.
///
/// @param end tells this end of the job from all others
/// @param params in order; never changed once logged
record Run(
        String name,
        String end,
        Status status,
        Instant startedAt,
        Instant endedAt,
        Map<String, String> tags,
        Map<String, String> params,
        List<Metric> metrics) {

    /// Tag by which a run is found again.
    static final String END_TAG = "sparsemesh_end";

    enum Status {
        FINISHED,
        FAILED,
        KILLED
    }

    /// @param step block of the model that it is of, 0 for the whole model
    record Metric(String name, double value, long step) {}
}
