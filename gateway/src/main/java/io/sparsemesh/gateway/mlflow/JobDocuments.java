package io.sparsemesh.gateway.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.access.Tenant;
import java.util.List;
import java.util.Optional;

/// Jobs as the API shows them.
public interface JobDocuments {

    /// @param job as `GET /v1/jobs/{id}` answers it
    /// @param layers as `GET /v1/jobs/{id}/layers`, all of them
    /// @param evaluations as `GET /v1/jobs/{id}/evaluations`
    record Document(
            Tenant tenant, JsonNode job, List<JsonNode> layers, List<JsonNode> evaluations) {}

    /// A job that has ended. Empty if it was deleted, or runs again.
    Optional<Document> ended(JobId job);
}
