package io.sparsemesh.gateway.mlflow;

enum ExportState {
    PENDING,
    EXPORTED,
    /// The job runs again, or was deleted: nothing to export.
    SKIPPED,
    /// Given up.
    FAILED
}
