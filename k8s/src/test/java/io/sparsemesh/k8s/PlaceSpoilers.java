package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/// Places of files that do not go together.
final class PlaceSpoilers {

    private PlaceSpoilers() {}

    static Stream<Spoiled> all() {
        return Stream.of(
                Spoiled.of(
                        "has AWS_REGION and nothing in S3",
                        m -> Spoiled.remove(m, "evaluator", "SPARSEMESH_BUCKETS")),
                Spoiled.of(
                        "AWS_ACCESS_KEY_ID in the clear",
                        m ->
                                Spoiled.variable(m, "scheduler", "AWS_ACCESS_KEY_ID")
                                        .put("value", "AKIA")),
                Spoiled.of(
                        "SPARSEMESH_STORE_CACHE=/elsewhere is no volume",
                        m ->
                                Spoiled.variable(m, "scheduler", "SPARSEMESH_STORE_CACHE")
                                        .put("value", "/elsewhere")),
                Spoiled.of(
                        "SPARSEMESH_STORE_CACHE: expected a folder, found nothing",
                        m -> Spoiled.remove(m, "layer-worker", "SPARSEMESH_STORE_CACHE")),
                Spoiled.of(
                        "SPARSEMESH_STORE_CACHE_MAX=64G does not fit into 64Gi",
                        m ->
                                Spoiled.variable(m, "layer-worker", "SPARSEMESH_STORE_CACHE_MAX")
                                        .put("value", "64G")),
                Spoiled.of(
                        "SPARSEMESH_CACHE_MAX=400G does not fit into 250Gi",
                        m ->
                                Spoiled.variable(m, "gateway", "SPARSEMESH_CACHE_MAX")
                                        .put("value", "400G")),
                Spoiled.of(
                        "artifacts lie at s3://other and s3://mesh",
                        m ->
                                Spoiled.variable(m, "layer-worker", "SPARSEMESH_STORE")
                                        .put("value", "s3://other")),
                Spoiled.of(
                        "runs as sparsemesh-nobody, which is not there",
                        m ->
                                ((ObjectNode) m.workload("scheduler").pod())
                                        .put("serviceAccountName", "sparsemesh-nobody")));
    }
}
