package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.stream.Stream;

/// NetworkPolicies that let more through than is meant, or less.
final class FlowSpoilers {

    private static final String FIRST_PORT = "/spec/egress/0/ports/0";

    private FlowSpoilers() {}

    static Stream<Spoiled> all() {
        return Stream.concat(components(), rules());
    }

    private static Stream<Spoiled> components() {
        return Stream.of(
                Spoiled.of(
                        "state-to-database: expected Flow[directions=[Egress],"
                                + " components=[gateway, migrations, scheduler], ports=[TCP/5432]],"
                                + " found Flow[directions=[Egress],"
                                + " components=[gateway, layer-worker, migrations, scheduler]",
                        m -> components(m, "state-to-database").add("layer-worker")),
                Spoiled.of(
                        "services-to-kafka: expected",
                        m -> components(m, "services-to-kafka").remove(0)),
                Spoiled.of(
                        "services-to-s3: expected Flow[directions=[Egress],"
                                + " components=[gateway, layer-worker, scheduler]",
                        m -> Spoiled.remove(m, "evaluator", "SPARSEMESH_BUCKETS")),
                Spoiled.of(
                        "services-to-s3: expected",
                        m -> components(m, "services-to-s3").removeAll().add("gateway")),
                Spoiled.of(
                        "sources-to-internet: expected",
                        m -> components(m, "sources-to-internet").add("scheduler")),
                Spoiled.of(
                        "all-to-dns: expected", m -> components(m, "all-to-dns").add("everybody")));
    }

    private static ArrayNode components(Manifests manifests, String flow) {
        return (ArrayNode)
                manifests
                        .get("NetworkPolicy", "sparsemesh-" + flow)
                        .at("/spec/podSelector/matchExpressions/0/values");
    }

    private static Stream<Spoiled> rules() {
        return Stream.of(
                port("state-to-database", "5432", "5433"),
                port("services-to-kafka", "9093", "9092"),
                port("services-to-s3", "9443", "443"),
                port("services-to-collector", "4318", "4317"),
                port("sources-to-internet", "443", "80"),
                port("gateway-to-providers", "443", "8443"),
                Spoiled.resource(
                        "callers-to-gateway: expected",
                        "NetworkPolicy",
                        "callers-to-gateway",
                        "/spec",
                        s -> s.putArray("policyTypes").add("Egress")),
                Spoiled.resource(
                        "keda-to-scheduler: expected",
                        "NetworkPolicy",
                        "keda-to-scheduler",
                        "/spec/ingress/0/ports/0",
                        p -> p.put("port", 8081)),
                Spoiled.resource(
                        "all-to-all: is no known flow",
                        "NetworkPolicy",
                        "all-to-dns",
                        "/metadata",
                        m -> m.put("name", "sparsemesh-all-to-all")),
                Spoiled.resource(
                        "ports=[every port]]",
                        "NetworkPolicy",
                        "all-to-dns",
                        "/spec/egress/0",
                        r -> r.remove("ports")),
                Spoiled.resource(
                        "lets something through",
                        "NetworkPolicy",
                        "deny-all",
                        "/spec",
                        s -> s.putArray("egress").addObject()),
                Spoiled.resource(
                        "does not cover gateway",
                        "NetworkPolicy",
                        "deny-all",
                        "/spec/podSelector/matchLabels",
                        l -> l.put("app.kubernetes.io/name", "other")));
    }

    private static Spoiled port(String flow, String right, String wrong) {
        return Spoiled.of(
                "%s: expected".formatted(flow),
                m -> {
                    var port =
                            Spoiled.object(
                                    m.get("NetworkPolicy", "sparsemesh-" + flow), FIRST_PORT);
                    if (!port.path("port").asText().equals(right)) {
                        throw new IllegalStateException("%s is at %s".formatted(flow, port));
                    }
                    port.put("port", Integer.parseInt(wrong));
                });
    }
}
