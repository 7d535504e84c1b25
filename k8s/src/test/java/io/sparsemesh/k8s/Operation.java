package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.k8s.Manifests.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How pods come and go: probes, drain, disruption, spread, scaling.
final class Operation {

    /// Longer than the longest pause of a task that failed, in which it is not counted.
    private static final int PAUSE_SECONDS = 30;

    private final List<String> complaints = new ArrayList<>();
    private final Manifests manifests;

    private Operation(Manifests manifests) {
        this.manifests = manifests;
    }

    static List<String> complaints(Manifests manifests) {
        Operation check = new Operation(manifests);
        manifests.workloads().filter(Workload::isDeployment).forEach(check::deployment);
        manifests.kind("ScaledObject").forEach(check::scaling);
        return check.complaints;
    }

    private void deployment(Workload workload) {
        String place = "Deployment " + workload.component();
        workload.containers()
                .forEach(
                        container -> {
                            probe(place, container.node(), "startupProbe", "/q/health/live");
                            probe(place, container.node(), "livenessProbe", "/q/health/live");
                            probe(place, container.node(), "readinessProbe", "/q/health/ready");
                        });
        if (workload.pod().path("topologySpreadConstraints").isEmpty()) {
            add(place, "is not spread");
        }
        budget(place, workload);
        if (Set.of("layer-worker", "evaluator").contains(workload.component())) {
            drain(place, workload);
        }
    }

    private void probe(String place, JsonNode container, String probe, String path) {
        JsonNode asked = container.path(probe).path("httpGet");
        if (!asked.path("path").asText().equals(path)
                || !asked.path("port").asText().equals("management")) {
            add(place, "%s: expected %s of management, found %s".formatted(probe, path, asked));
        }
    }

    private void budget(String place, Workload workload) {
        JsonNode most =
                manifests
                        .kind("PodDisruptionBudget")
                        .filter(
                                budget ->
                                        selects(
                                                budget.at("/spec/selector/matchLabels"),
                                                workload.podLabels()))
                        .map(budget -> budget.at("/spec/maxUnavailable"))
                        .findFirst()
                        .orElse(null);
        if (most == null) {
            add(place, "has no PodDisruptionBudget");
        } else if (most.asInt() < 1) {
            add(
                    place,
                    "maxUnavailable: expected 1, found %s: no node could be drained"
                            .formatted(most));
        }
    }

    /// The worker hands its task back before the grace ends, and a GPU is free before the next pod
    /// comes.
    private void drain(String place, Workload workload) {
        int grace = workload.pod().path("terminationGracePeriodSeconds").asInt();
        String own =
                workload.containers().findFirst().orElseThrow().env("SPARSEMESH_SHUTDOWN_GRACE");
        int drain = own.matches("\\d+s") ? Integer.parseInt(own.replace("s", "")) : 0;
        if (drain <= 0 || drain + 20 > grace) {
            add(place, "drains for %s of the %d s it gets".formatted(own, grace));
        }
        if (workload.resource().at("/spec/progressDeadlineSeconds").asInt() < grace + 60) {
            add(place, "may drain for longer than progressDeadlineSeconds");
        }
        JsonNode surge = workload.resource().at("/spec/strategy/rollingUpdate/maxSurge");
        if (!surge.isInt() || surge.asInt() != 0) {
            add(place, "maxSurge: expected 0, found " + surge);
        }
    }

    /// Workers come from none and go to none, and none goes that is at work, for want of an answer
    /// or in the pause of a task.
    private void scaling(JsonNode scaled) {
        String place = "ScaledObject " + Manifests.name(scaled);
        JsonNode spec = scaled.path("spec");
        expect(place, spec, "/minReplicaCount", "0");
        expect(place, spec, "/fallback/behavior", "currentReplicasIfHigher");
        atLeast(place, spec, "/fallback/failureThreshold", 1);
        atLeast(place, spec, "/fallback/replicas", 1);
        atLeast(place, spec, "/cooldownPeriod", PAUSE_SECONDS + 1);
        atLeast(
                place,
                spec,
                "/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown/stabilizationWindowSeconds",
                PAUSE_SECONDS + 1);
    }

    private void expect(String place, JsonNode node, String pointer, String expected) {
        String found = node.at(pointer).asText();
        if (!found.equals(expected)) {
            add(place, "%s: expected %s, found %s".formatted(pointer, expected, found));
        }
    }

    private void atLeast(String place, JsonNode node, String pointer, int least) {
        JsonNode found = node.at(pointer);
        if (found.asInt() < least) {
            add(place, "%s: expected %d or more, found %s".formatted(pointer, least, found));
        }
    }

    static boolean selects(JsonNode selector, JsonNode labels) {
        return !selector.isEmpty()
                && selector.properties().stream()
                        .allMatch(
                                (Map.Entry<String, JsonNode> wanted) ->
                                        labels.path(wanted.getKey()).equals(wanted.getValue()));
    }

    private void add(String place, String what) {
        complaints.add(place + ": " + what);
    }
}
