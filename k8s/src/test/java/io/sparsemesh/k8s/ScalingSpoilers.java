package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Workers that would not come, or would be sent away from their work.
final class ScalingSpoilers {

    private static final String SCALE_DOWN =
            "/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown";

    private ScalingSpoilers() {}

    static Stream<Spoiled> all() {
        String asked = "http://sparsemesh-scheduler.x:";
        return Stream.of(
                trigger(
                        "the scheduler serves no /internal/v2/autoscaling",
                        t -> t.put("url", asked + "9081/internal/v2/autoscaling")),
                trigger(
                        "which no Service serves",
                        t -> t.put("url", asked + "8081/internal/v1/autoscaling")),
                trigger("the answer has no wanted", t -> t.put("valueLocation", "wanted")),
                trigger("unknown field urls", t -> t.put("urls", "x")),
                trigger("targetValue: expected a text", t -> t.put("targetValue", 1)),
                trigger("valueLocation: expected a value", t -> t.remove("valueLocation")),
                scaled("starts up to 99", "", s -> s.put("maxReplicaCount", 99)),
                scaled("/minReplicaCount: expected 0", "", s -> s.put("minReplicaCount", 1)),
                scaled(
                        "/cooldownPeriod: expected 31 or more",
                        "",
                        s -> s.put("cooldownPeriod", 30)),
                scaled(
                        "/failureThreshold: expected 1 or more",
                        "/fallback",
                        f -> f.put("failureThreshold", 0)),
                scaled(
                        "/replicas: expected 1 or more, found 0",
                        "/fallback",
                        f -> f.put("replicas", 0)),
                scaled(
                        "/behavior: expected currentReplicasIfHigher",
                        "/fallback",
                        f -> f.remove("behavior")),
                scaled(
                        "stabilizationWindowSeconds: expected 31 or more",
                        SCALE_DOWN,
                        b -> b.put("stabilizationWindowSeconds", 0)),
                scaled(
                        "scales sparsemesh-nobody, which is not there",
                        "/scaleTargetRef",
                        t -> t.put("name", "sparsemesh-nobody")),
                Spoiled.resource(
                        "sparsemesh-layer-worker has replicas of its own",
                        "Deployment",
                        "layer-worker",
                        "/spec",
                        d -> d.put("replicas", 2)),
                Spoiled.resource(
                        "gets no answer while Kafka is away",
                        "Service",
                        "scheduler",
                        "/spec",
                        s -> s.remove("publishNotReadyAddresses")));
    }

    private static Spoiled trigger(String complaint, Consumer<ObjectNode> spoiler) {
        return scaled(complaint, "/triggers/0/metadata", spoiler);
    }

    private static Spoiled scaled(String complaint, String pointer, Consumer<ObjectNode> spoiler) {
        return Spoiled.resource(
                complaint, "ScaledObject", "layer-worker", "/spec" + pointer, spoiler);
    }
}
