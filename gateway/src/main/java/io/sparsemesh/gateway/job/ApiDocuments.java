package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.mlflow.JobDocuments;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;

/// Jobs as the API's answers have them.
@ApplicationScoped
class ApiDocuments implements JobDocuments {

    private final JobViews views;
    private final ObjectMapper json;

    ApiDocuments(JobViews views, ObjectMapper json) {
        this.views = views;
        this.json = json;
    }

    @Override
    @Transactional(Transactional.TxType.REQUIRES_NEW)
    public Optional<Document> ended(JobId job) {
        JobRow row = JobRow.findById(job.value());
        if (row == null || row.deleted || !row.state.isTerminal()) {
            return Optional.empty();
        }
        Tenant tenant = new Tenant(row.tenant);
        JobRef ref = new JobRef(tenant, job);
        return views.find(ref)
                .filter(view -> view.state().isTerminal())
                .map(
                        view ->
                                new Document(
                                        tenant,
                                        json.valueToTree(view.json()),
                                        trees(views.layers(ref, -1, Integer.MAX_VALUE - 1).items()),
                                        trees(views.evaluations(ref))));
    }

    private List<JsonNode> trees(List<?> values) {
        return values.stream().<JsonNode>map(json::valueToTree).toList();
    }
}
