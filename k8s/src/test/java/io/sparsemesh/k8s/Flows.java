package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Who may reach whom: everything is denied, and let through is what the pods' addresses need, at
/// their ports, of those who have to do with it.
final class Flows {

    private static final Set<String> SERVICES = Set.copyOf(Services.ALL);
    private static final Set<String> INGRESS = Set.of("Ingress");
    private static final Set<String> EGRESS = Set.of("Egress");

    private final List<String> complaints = new ArrayList<>();
    private final Manifests manifests;

    private Flows(Manifests manifests) {
        this.manifests = manifests;
    }

    /// A NetworkPolicy, in short.
    ///
    /// @param ports `TCP/443`, or `TCP/name`
    record Flow(Set<String> directions, Set<String> components, Set<String> ports) {

        Flow {
            directions = new TreeSet<>(directions);
            components = new TreeSet<>(components);
            ports = new TreeSet<>(ports);
        }

        static Flow of(JsonNode policy) {
            JsonNode spec = policy.path("spec");
            Set<String> ports =
                    Stream.of("ingress", "egress")
                            .flatMap(direction -> Manifests.items(spec.path(direction)))
                            .flatMap(
                                    rule ->
                                            rule.path("ports").isEmpty()
                                                    ? Stream.of("every port")
                                                    : Manifests.items(rule.path("ports"))
                                                            .map(Flow::port))
                            .collect(Collectors.toSet());
            return new Flow(
                    texts(spec.path("policyTypes")),
                    texts(spec.at("/podSelector/matchExpressions/0/values")),
                    ports);
        }

        private static String port(JsonNode port) {
            return port.path("protocol").asText() + "/" + port.path("port").asText();
        }
    }

    static List<String> complaints(Manifests manifests) {
        Flows check = new Flows(manifests);
        check.denied();
        check.compare();
        return check.complaints;
    }

    private void denied() {
        JsonNode denies =
                manifests
                        .kind("NetworkPolicy")
                        .filter(Flows::isDenial)
                        .map(policy -> policy.path("spec"))
                        .findFirst()
                        .orElse(null);
        if (denies == null) {
            add("NetworkPolicy", "nothing is denied");
            return;
        }
        if (!texts(denies.path("policyTypes")).equals(Set.of("Ingress", "Egress"))
                || denies.has("ingress")
                || denies.has("egress")) {
            add("NetworkPolicy deny-all", "lets something through: " + denies);
        }
        manifests
                .workloads()
                .filter(
                        w ->
                                !Operation.selects(
                                        denies.at("/podSelector/matchLabels"), w.podLabels()))
                .forEach(w -> add("NetworkPolicy deny-all", "does not cover " + w.component()));
    }

    private static boolean isDenial(JsonNode policy) {
        return Manifests.name(policy).endsWith("-deny-all");
    }

    private void compare() {
        Map<String, Flow> found = new TreeMap<>();
        manifests
                .kind("NetworkPolicy")
                .filter(policy -> !isDenial(policy))
                .forEach(
                        policy ->
                                found.put(
                                        Manifests.name(policy).replaceFirst("^sparsemesh-", ""),
                                        Flow.of(policy)));
        Map<String, Flow> expected = expected();
        Set<String> names = new TreeSet<>(found.keySet());
        names.addAll(expected.keySet());
        for (String name : names) {
            Flow flow = found.get(name);
            if (!expected.containsKey(name)) {
                add("NetworkPolicy " + name, "is no known flow, or nobody needs it: " + flow);
            } else if (!expected.get(name).equals(flow)) {
                add(
                        "NetworkPolicy " + name,
                        "expected %s, found %s".formatted(expected.get(name), flow));
            }
        }
    }

    /// Every flow that there is; those to addresses as the pods have them in their environment.
    private Map<String, Flow> expected() {
        Set<String> everybody = new TreeSet<>(SERVICES);
        everybody.add("migrations");
        Map<String, Flow> flows = new TreeMap<>();
        flows.put("callers-to-gateway", in(Set.of("gateway"), "8080"));
        flows.put("all-to-dns", new Flow(EGRESS, everybody, Set.of("TCP/53", "UDP/53")));
        flows.put("services-to-kafka", to(SERVICES, "SPARSEMESH_KAFKA_BOOTSTRAP"));
        flows.put(
                "state-to-database",
                to(Set.of("gateway", "scheduler", "migrations"), "SPARSEMESH_DB_URL"));
        if (manifests.kind("ServiceMonitor").findAny().isPresent()) {
            flows.put("prometheus-to-metrics", in(SERVICES, "management"));
        }
        if (manifests.kind("ScaledObject").findAny().isPresent()) {
            flows.put("keda-to-scheduler", in(Set.of("scheduler"), "9081"));
        }
        Set<String> inS3 = components(Container::usesS3);
        if (!inS3.isEmpty()) {
            Flow named = to(inS3, "AWS_ENDPOINT_URL_S3");
            flows.put("services-to-s3", named.ports().isEmpty() ? out(inS3, Set.of("443")) : named);
        }
        Set<String> fetching =
                components(c -> has(c, "SPARSEMESH_CACHE") || has(c, "SPARSEMESH_WEBHOOK_SECRET"));
        if (!fetching.isEmpty()) {
            flows.put("sources-to-internet", out(fetching, Set.of("443")));
        }
        Flow providers = to(Set.of("gateway"), "SPARSEMESH_OIDC_URL", "SPARSEMESH_MLFLOW_URL");
        if (!providers.ports().isEmpty()) {
            flows.put("gateway-to-providers", providers);
        }
        Flow collector = to(SERVICES, "OTEL_EXPORTER_OTLP_ENDPOINT");
        if (!collector.ports().isEmpty()) {
            flows.put("services-to-collector", collector);
        }
        return flows;
    }

    private static Flow in(Set<String> components, String port) {
        return new Flow(INGRESS, components, Set.of("TCP/" + port));
    }

    private static Flow out(Set<String> components, Set<String> ports) {
        return new Flow(
                EGRESS,
                components,
                ports.stream().map(port -> "TCP/" + port).collect(Collectors.toSet()));
    }

    /// To the addresses that any container has in these variables.
    private Flow to(Set<String> components, String... variables) {
        return out(
                components,
                containers()
                        .flatMap(c -> Arrays.stream(variables).map(c::env))
                        .filter(address -> !address.isEmpty())
                        .flatMap(Flows::ports)
                        .collect(Collectors.toSet()));
    }

    private Set<String> components(Predicate<Container> which) {
        return containers()
                .filter(which)
                .map(container -> container.workload().component())
                .collect(Collectors.toSet());
    }

    private Stream<Container> containers() {
        return manifests.workloads().flatMap(Workload::containers);
    }

    private static boolean has(Container container, String variable) {
        return container.env().anyMatch(each -> each.path("name").asText().equals(variable));
    }

    /// Ports of one address, or of several that are separated by commas.
    private static Stream<String> ports(String addresses) {
        String scheme = addresses.replaceAll("^(jdbc:)?(\\w+)://.*|.*", "$2");
        String hosts = addresses.replaceAll("^(jdbc:)?\\w+://", "").replaceAll("[/?].*", "");
        String usual = Map.of("postgresql", "5432", "http", "80", "https", "443").get(scheme);
        return Arrays.stream(hosts.split(","))
                .map(host -> URI.create("any://" + host).getPort())
                .map(port -> port < 0 ? usual : Integer.toString(port));
    }

    private static Set<String> texts(JsonNode list) {
        return Manifests.items(list).map(JsonNode::asText).collect(Collectors.toSet());
    }

    private void add(String place, String what) {
        complaints.add(place + ": " + what);
    }
}
