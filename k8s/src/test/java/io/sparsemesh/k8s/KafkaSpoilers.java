package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What goes to the operators of Strimzi and Prometheus.
final class KafkaSpoilers {

    private static final String OPERATORS = "/spec/entityOperator";

    private KafkaSpoilers() {}

    static Stream<Spoiled> all() {
        return Stream.of(pods(), topics(), rights(), rules()).flatMap(part -> part);
    }

    private static Stream<Spoiled> pods() {
        String user = "userOperator: /readOnlyRootFilesystem: expected true";
        return Stream.of(
                kafka(
                        "entity operator: /runAsNonRoot: expected true, found nothing",
                        OPERATORS,
                        o -> o.remove("template")),
                kafka(
                        "topicOperator: /allowPrivilegeEscalation: expected false, found nothing",
                        OPERATORS + "/template",
                        t -> t.remove("topicOperatorContainer")),
                kafka(
                        user,
                        OPERATORS + "/template/userOperatorContainer/securityContext",
                        s -> s.put("readOnlyRootFilesystem", false)),
                kafka(
                        "topicOperator: has no resources/limits/memory",
                        OPERATORS + "/topicOperator",
                        o -> o.remove("resources")),
                pool(
                        "KafkaNodePool sparsemesh-brokers: /seccompProfile/type: expected",
                        "/spec/template/pod/securityContext",
                        s -> s.remove("seccompProfile")),
                pool(
                        "KafkaNodePool sparsemesh-brokers: /capabilities: expected",
                        "/spec/template/kafkaContainer/securityContext",
                        s -> s.remove("capabilities")),
                pool(
                        "KafkaNodePool sparsemesh-brokers: has no resources/requests/memory",
                        "/spec",
                        s -> s.remove("resources")));
    }

    private static Stream<Spoiled> topics() {
        return Stream.of(
                topic("results: expected 4 partitions", "results", "", s -> s.put("partitions", 3)),
                topic("events: expected", "events", "", s -> s.put("replicas", 2)),
                topic(
                        "workers: expected",
                        "workers",
                        "/config",
                        c -> c.put("cleanup.policy", "delete")),
                topic(
                        "control: expected",
                        "control",
                        "/config",
                        c -> c.put("message.timestamp.type", "CreateTime")),
                topic(
                        "dead-letters: expected",
                        "dead-letters",
                        "/config",
                        c -> c.put("max.message.bytes", 131072)),
                topic(
                        "requests: expected",
                        "requests",
                        "/config",
                        c -> c.put("min.insync.replicas", 3)),
                topic("unknown field partition", "results", "", s -> s.put("partition", 3)));
    }

    private static Stream<Spoiled> rights() {
        return Stream.of(
                Spoiled.resource(
                        "there is no topic sparsemesh.typo",
                        "KafkaUser",
                        "gateway",
                        "/spec/authorization/acls/0/resource",
                        r -> r.put("name", "sparsemesh.typo")),
                Spoiled.resource(
                        "is let in to more than one",
                        "KafkaUser",
                        "gateway",
                        "/spec/authorization/acls/0/resource",
                        r -> r.put("patternType", "prefix")),
                Spoiled.of(
                        "KafkaUser layer-worker: lacks group sparsemesh.layer-workers: Read",
                        m -> acls(m, "layer-worker").remove(acls(m, "layer-worker").size() - 1)),
                Spoiled.of(
                        "KafkaUser evaluator: needs no topic sparsemesh.results: Read",
                        m -> ((ArrayNode) acl(m, "evaluator", "sparsemesh.results")).add("Read")),
                Spoiled.of(
                        "KafkaUser scheduler: needs no cluster : Alter",
                        m -> {
                            ObjectNode acl = acls(m, "scheduler").addObject();
                            acl.putObject("resource").put("type", "cluster");
                            acl.putArray("operations").add("Alter");
                        }));
    }

    private static JsonNode acl(Manifests manifests, String service, String topic) {
        return Manifests.items(acls(manifests, service))
                .filter(acl -> acl.at("/resource/name").asText().equals(topic))
                .map(acl -> acl.path("operations"))
                .findFirst()
                .orElseThrow();
    }

    private static ArrayNode acls(Manifests manifests, String service) {
        return (ArrayNode)
                manifests.get("KafkaUser", "sparsemesh-" + service).at("/spec/authorization/acls");
    }

    private static Stream<Spoiled> rules() {
        return Stream.of(
                Spoiled.resource(
                        "no service has the metric sparsemesh_typo",
                        "PrometheusRule",
                        "",
                        "/spec/groups/0/rules/0",
                        r -> r.put("expr", "sum(sparsemesh_typo)")),
                Spoiled.resource(
                        "unknown field intervall",
                        "ServiceMonitor",
                        "",
                        "/spec/endpoints/0",
                        e -> e.put("intervall", "1s")));
    }

    private static Spoiled kafka(String complaint, String pointer, Consumer<ObjectNode> spoiler) {
        return Spoiled.resource(complaint, "Kafka", "", pointer, spoiler);
    }

    private static Spoiled pool(String complaint, String pointer, Consumer<ObjectNode> spoiler) {
        return Spoiled.resource(complaint, "KafkaNodePool", "brokers", pointer, spoiler);
    }

    private static Spoiled topic(
            String complaint, String name, String pointer, Consumer<ObjectNode> spoiler) {
        return Spoiled.resource(complaint, "KafkaTopic", name, "/spec" + pointer, spoiler);
    }
}
