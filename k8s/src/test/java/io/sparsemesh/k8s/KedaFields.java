package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The fields of KEDA's ScaledObject, `keda.sh/v1alpha1`, and of its `metrics-api` trigger, for
/// which there are no types in Java. By hand from keda.sh/docs/2.20: "ScaledObject specification"
/// and "Metrics API"; those that the chart has no use for are left out.
final class KedaFields {

    static final String TYPE = "keda.sh/v1alpha1/ScaledObject";

    private static final Map<String, Set<String>> FIELDS =
            Map.of(
                    "/spec",
                    Set.of(
                            "scaleTargetRef",
                            "pollingInterval",
                            "cooldownPeriod",
                            "initialCooldownPeriod",
                            "idleReplicaCount",
                            "minReplicaCount",
                            "maxReplicaCount",
                            "fallback",
                            "advanced",
                            "triggers"),
                    "/spec/scaleTargetRef",
                    Set.of("apiVersion", "kind", "name", "envSourceContainerName"),
                    "/spec/fallback",
                    Set.of("failureThreshold", "replicas", "behavior"),
                    "/spec/advanced",
                    Set.of("restoreToOriginalReplicaCount", "horizontalPodAutoscalerConfig"),
                    "/spec/advanced/horizontalPodAutoscalerConfig",
                    Set.of("name", "behavior"),
                    "/spec/triggers/0",
                    Set.of("type", "metadata", "metricType", "name", "useCachedMetrics"),
                    "/spec/triggers/0/metadata",
                    Set.of(
                            "url",
                            "valueLocation",
                            "targetValue",
                            "activationTargetValue",
                            "format"));

    private static final Set<String> REQUIRED =
            Set.of(
                    "/spec/scaleTargetRef/name",
                    "/spec/triggers/0/type",
                    "/spec/triggers/0/metadata/url",
                    "/spec/triggers/0/metadata/valueLocation",
                    "/spec/triggers/0/metadata/targetValue");

    private KedaFields() {}

    static List<String> complaints(JsonNode resource) {
        List<String> complaints = new ArrayList<>();
        FIELDS.forEach(
                (pointer, known) ->
                        resource.at(pointer)
                                .fieldNames()
                                .forEachRemaining(
                                        name -> {
                                            if (!known.contains(name)) {
                                                complaints.add(
                                                        "%s: unknown field %s"
                                                                .formatted(pointer, name));
                                            }
                                        }));
        REQUIRED.stream()
                .filter(pointer -> resource.at(pointer).isMissingNode())
                .forEach(pointer -> complaints.add(pointer + ": expected a value, found nothing"));
        // Metadata of a trigger is texts, of whatever they tell.
        resource.at("/spec/triggers/0/metadata")
                .properties()
                .forEach(
                        field -> {
                            if (!field.getValue().isTextual()) {
                                complaints.add(
                                        "/spec/triggers/0/metadata/%s: expected a text, found %s"
                                                .formatted(field.getKey(), field.getValue()));
                            }
                        });
        complaints.addAll(
                Schemas.strict(
                        "/behavior",
                        resource.at("/spec/advanced/horizontalPodAutoscalerConfig/behavior"),
                        HorizontalPodAutoscalerBehavior.class));
        return complaints;
    }
}
