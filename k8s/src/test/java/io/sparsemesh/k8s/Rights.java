package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What each service may do at the brokers: all that it does, and nothing else. `LayoutIT` runs the
/// services with these rights.
final class Rights {

    private static final String GROUP = "group sparsemesh.";

    private static final Map<String, Set<String>> RIGHTS =
            Map.of(
                    "gateway",
                    rights(
                            reads(Topics.EVENTS, Topics.WORKERS),
                            writes(Topics.REQUESTS, Topics.DEAD_LETTERS),
                            Stream.of(GROUP + "gateway: Read", GROUP + "gateway.workers: Read")),
                    "scheduler",
                    rights(
                            reads(Topics.REQUESTS, Topics.RESULTS, Topics.WORKERS),
                            writes(
                                    Topics.LAYER_TASKS,
                                    Topics.EVALUATION_TASKS,
                                    Topics.EVENTS,
                                    Topics.CONTROL,
                                    Topics.DEAD_LETTERS),
                            Services.topics(1).keySet().stream().map(t -> topic(t, "Create")),
                            Stream.of(
                                    GROUP + "scheduler: Read",
                                    GROUP + "layer-workers: AlterConfigs",
                                    GROUP + "evaluators: AlterConfigs")),
                    "layer-worker",
                    rights(
                            reads(Topics.LAYER_TASKS, Topics.CONTROL),
                            writes(Topics.RESULTS, Topics.WORKERS, Topics.DEAD_LETTERS),
                            Stream.of(GROUP + "layer-workers: Read")),
                    "evaluator",
                    rights(
                            reads(Topics.EVALUATION_TASKS, Topics.CONTROL),
                            writes(Topics.RESULTS, Topics.WORKERS, Topics.DEAD_LETTERS),
                            Stream.of(GROUP + "evaluators: Read")));

    private Rights() {}

    @SafeVarargs
    private static Set<String> rights(Stream<String>... parts) {
        return Stream.of(parts).flatMap(part -> part).collect(Collectors.toSet());
    }

    private static Stream<String> reads(String... topics) {
        return Stream.of(topics).flatMap(t -> Stream.of(topic(t, "Read"), topic(t, "Describe")));
    }

    private static Stream<String> writes(String... topics) {
        return Stream.of(topics).flatMap(t -> Stream.of(topic(t, "Write"), topic(t, "Describe")));
    }

    private static String topic(String name, String operation) {
        return "topic %s: %s".formatted(name, operation);
    }

    static List<String> complaints(Manifests manifests) {
        List<String> complaints = new ArrayList<>();
        manifests
                .kind("KafkaUser")
                .forEach(
                        user -> {
                            String service = Manifests.name(user).replaceFirst("^sparsemesh-", "");
                            Set<String> meant = RIGHTS.getOrDefault(service, Set.of());
                            Set<String> given = given(user);
                            String place = "KafkaUser " + service;
                            without(meant, given)
                                    .forEach(right -> complaints.add(place + ": lacks " + right));
                            without(given, meant)
                                    .forEach(
                                            right -> complaints.add(place + ": needs no " + right));
                        });
        return complaints;
    }

    private static Set<String> given(JsonNode user) {
        return Manifests.items(user.at("/spec/authorization/acls"))
                .flatMap(
                        acl ->
                                Manifests.items(acl.path("operations"))
                                        .map(operation -> right(acl, operation.asText())))
                .collect(Collectors.toSet());
    }

    /// `literal` is what goes without saying.
    private static String right(JsonNode acl, String operation) {
        JsonNode resource = acl.path("resource");
        String pattern = resource.path("patternType").asText("literal");
        return "%s %s%s: %s"
                .formatted(
                        resource.path("type").asText(),
                        resource.path("name").asText(),
                        pattern.equals("literal") ? "" : " as " + pattern,
                        operation);
    }

    private static Set<String> without(Set<String> all, Set<String> less) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(less);
        return rest;
    }
}
