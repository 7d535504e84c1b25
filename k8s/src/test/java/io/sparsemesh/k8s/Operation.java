package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// How pods come, go and talk: probes, drain, disruption, spread, and who may reach whom.
final class Operation {

    /// Every flow that there is; each is a NetworkPolicy of that name.
    static final Set<String> FLOWS =
            Set.of(
                    "callers-to-gateway",
                    "prometheus-to-metrics",
                    "keda-to-scheduler",
                    "all-to-dns",
                    "services-to-kafka",
                    "state-to-database",
                    "services-to-s3",
                    "sources-to-internet",
                    "services-to-collector");

    private final List<String> complaints = new ArrayList<>();
    private final Manifests manifests;

    private Operation(Manifests manifests) {
        this.manifests = manifests;
    }

    static List<String> complaints(Manifests manifests) {
        Operation check = new Operation(manifests);
        manifests.workloads().filter(Workload::isDeployment).forEach(check::deployment);
        check.network();
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
        boolean there =
                manifests
                        .kind("PodDisruptionBudget")
                        .anyMatch(
                                budget ->
                                        selects(
                                                budget.at("/spec/selector/matchLabels"),
                                                workload.podLabels()));
        if (!there) {
            add(place, "has no PodDisruptionBudget");
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
        JsonNode surge = workload.resource().at("/spec/strategy/rollingUpdate/maxSurge");
        if (!surge.isInt() || surge.asInt() != 0) {
            add(place, "maxSurge: expected 0, found " + surge);
        }
    }

    private void network() {
        JsonNode denies =
                manifests
                        .kind("NetworkPolicy")
                        .filter(policy -> Manifests.name(policy).endsWith("-deny-all"))
                        .findFirst()
                        .orElse(null);
        if (denies == null) {
            add("NetworkPolicy", "nothing is denied");
            return;
        }
        JsonNode spec = denies.path("spec");
        if (!texts(spec.path("policyTypes")).equals(Set.of("Ingress", "Egress"))
                || spec.has("ingress")
                || spec.has("egress")) {
            add("NetworkPolicy deny-all", "lets something through: " + spec);
        }
        manifests
                .workloads()
                .filter(w -> !selects(spec.at("/podSelector/matchLabels"), w.podLabels()))
                .forEach(w -> add("NetworkPolicy deny-all", "does not cover " + w.component()));
        manifests.kind("NetworkPolicy").filter(policy -> policy != denies).forEach(this::flow);
        manifests.workloads().flatMap(Workload::containers).forEach(this::bucket);
    }

    private void flow(JsonNode policy) {
        String name = Manifests.name(policy);
        if (FLOWS.stream().noneMatch(flow -> name.equals("sparsemesh-" + flow))) {
            add("NetworkPolicy " + name, "is no known flow");
        }
        JsonNode components = policy.at("/spec/podSelector/matchExpressions/0/values");
        if (components.isEmpty()) {
            add("NetworkPolicy " + name, "is not limited to components");
        }
        Set<String> known = new TreeSet<>(Services.ALL);
        known.add("migrations");
        if (!known.containsAll(texts(components))) {
            add("NetworkPolicy " + name, "names unknown components: " + components);
        }
        for (String direction : List.of("ingress", "egress")) {
            Manifests.items(policy.path("spec").path(direction))
                    .filter(rule -> rule.path("ports").isEmpty())
                    .forEach(_ -> add("NetworkPolicy " + name, "opens every port"));
        }
    }

    /// Who has something in S3 may go there, at its port, and nobody else.
    private void bucket(Container container) {
        JsonNode spec =
                manifests
                        .kind("NetworkPolicy")
                        .filter(policy -> Manifests.name(policy).endsWith("-services-to-s3"))
                        .map(policy -> policy.path("spec"))
                        .findFirst()
                        .orElse(MissingNode.getInstance());
        JsonNode components = spec.at("/podSelector/matchExpressions/0/values");
        boolean allowed = texts(components).contains(container.workload().component());
        if (allowed != container.usesS3()) {
            add(
                    container.place(),
                    "%s may %s"
                            .formatted(
                                    container.workload().component(),
                                    allowed
                                            ? "reach S3 and has nothing there"
                                            : "not reach S3, where it has something"));
        }
        String server = container.env("AWS_ENDPOINT_URL_S3");
        String open = spec.at("/egress/0/ports/0/port").asText();
        if (allowed && !open.equals(Integer.toString(port(server)))) {
            add(
                    "NetworkPolicy services-to-s3",
                    "lets port %s through, S3 is at %s".formatted(open, server));
        }
    }

    private static int port(String server) {
        int port = URI.create(server).getPort();
        return port < 0 ? server.startsWith("http:") ? 80 : 443 : port;
    }

    private static Set<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.toSet());
    }

    private static boolean selects(JsonNode selector, JsonNode labels) {
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
