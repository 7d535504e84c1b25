package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Whether what the chart names is there: variables, ports, paths, topics, groups, metrics.
final class Consistency {

    private static final String SCALING =
            "scheduler/src/main/java/io/sparsemesh/scheduler/autoscaling/";
    private static final Pattern METRIC = Pattern.compile("\\bsparsemesh_[a-z0-9_]+");
    private static final Pattern SUFFIX = Pattern.compile("_(count|sum|bucket)$");

    private final List<String> complaints = new ArrayList<>();
    private final Manifests manifests;

    private Consistency(Manifests manifests) {
        this.manifests = manifests;
    }

    static List<String> complaints(Manifests manifests) {
        Consistency check = new Consistency(manifests);
        manifests.workloads().flatMap(Workload::containers).forEach(check::container);
        manifests.workloads().forEach(check::account);
        check.complaints.addAll(Variables.complaints(manifests));
        check.complaints.addAll(Storage.complaints(manifests));
        check.complaints.addAll(Rights.complaints(manifests));
        manifests.kind("Service").forEach(check::service);
        manifests.kind("ScaledObject").forEach(check::scaled);
        manifests.kind("ServiceMonitor").forEach(check::monitor);
        manifests.kind("PrometheusRule").forEach(check::rules);
        if (manifests.kind("Kafka").findAny().isPresent()) {
            check.topics();
        }
        manifests.kind("KafkaUser").forEach(check::user);
        return check.complaints;
    }

    private void container(Container container) {
        if (!Services.ALL.contains(container.service())) {
            add(container.place(), "runs no service of this project: " + container.service());
            return;
        }
        if (container.workload().isDeployment()) {
            port(container, "management", "SPARSEMESH_MANAGEMENT_PORT");
            port(container, "http", "SPARSEMESH_PORT");
        }
        mounts(container);
    }

    private void account(Workload workload) {
        String account = workload.pod().path("serviceAccountName").asText();
        if (!account.isEmpty()
                && manifests
                        .kind("ServiceAccount")
                        .noneMatch(each -> Manifests.name(each).equals(account))) {
            add(workload.component(), "runs as %s, which is not there".formatted(account));
        }
    }

    /// A declared port is the one that the service is told to listen on, and is its usual one where
    /// it has one.
    private void port(Container container, String name, String variable) {
        Manifests.items(container.node().path("ports"))
                .filter(port -> port.path("name").asText().equals(name))
                .map(port -> port.path("containerPort").asText())
                .forEach(
                        port -> {
                            if (!port.equals(container.env(variable))) {
                                add(
                                        container.place(),
                                        "port %s: declared %s, listens on %s"
                                                .formatted(name, port, container.env(variable)));
                            }
                            String usual = Services.defaultOf(container.service(), variable);
                            if (!usual.equals("0") && !usual.equals(port)) {
                                add(
                                        container.place(),
                                        "port %s: declared %s, the service's own is %s"
                                                .formatted(name, port, usual));
                            }
                        });
    }

    /// Folders that a service is told of are volumes.
    private void mounts(Container container) {
        Set<String> mounted =
                Manifests.items(container.node().path("volumeMounts"))
                        .map(mount -> mount.path("mountPath").asText())
                        .collect(Collectors.toSet());
        for (String variable :
                List.of(
                        "SPARSEMESH_STORE",
                        "SPARSEMESH_STORE_CACHE",
                        "SPARSEMESH_ROOTS",
                        "SPARSEMESH_CACHE")) {
            String folder = container.env(variable);
            if (!folder.isEmpty() && !folder.startsWith("s3:") && !mounted.contains(folder)) {
                add(container.place(), "%s=%s is no volume".formatted(variable, folder));
            }
        }
        String authority = container.env("KAFKA_SSL_TRUSTSTORE_LOCATION");
        if (!authority.isEmpty()
                && mounted.stream().noneMatch(m -> authority.startsWith(m + "/"))) {
            add(container.place(), authority + " lies in no volume");
        }
    }

    private void service(JsonNode service) {
        String component = service.at("/spec/selector/app.kubernetes.io~1component").asText();
        Set<String> named =
                manifests
                        .workload(component)
                        .containers()
                        .flatMap(container -> Manifests.items(container.node().path("ports")))
                        .map(port -> port.path("name").asText())
                        .collect(Collectors.toSet());
        Manifests.items(service.at("/spec/ports"))
                .map(port -> port.path("targetPort").asText())
                .filter(target -> !named.contains(target))
                .forEach(
                        target ->
                                add(
                                        "Service " + Manifests.name(service),
                                        "port %s is none of %s".formatted(target, component)));
    }

    private void scaled(JsonNode scaled) {
        String place = "ScaledObject " + Manifests.name(scaled);
        String target = scaled.at("/spec/scaleTargetRef/name").asText();
        JsonNode trigger = scaled.at("/spec/triggers/0/metadata");
        target(place, target);
        asked(place, URI.create(trigger.path("url").asText()));
        String value = trigger.path("valueLocation").asText();
        if (!Repository.read(SCALING + "WantedSlots.java").contains("long " + value + ",")) {
            add(place, "the answer has no " + value);
        }
        limit(place, target, scaled.at("/spec/maxReplicaCount").asText());
    }

    private void target(String place, String target) {
        if (manifests.kind("Deployment").noneMatch(d -> Manifests.name(d).equals(target))) {
            add(place, "scales %s, which is not there".formatted(target));
        } else if (manifests.get("Deployment", target).path("spec").has("replicas")) {
            add(place, target + " has replicas of its own");
        }
    }

    private void asked(String place, URI url) {
        boolean served =
                manifests
                        .kind("Service")
                        .filter(s -> url.getHost().startsWith(Manifests.name(s) + "."))
                        .flatMap(s -> Manifests.items(s.at("/spec/ports")))
                        .anyMatch(port -> port.path("port").asInt() == url.getPort());
        if (!served) {
            add(place, "asks %s, which no Service serves".formatted(url));
        }
        manifests
                .kind("Service")
                .filter(s -> url.getHost().startsWith(Manifests.name(s) + "."))
                .filter(s -> !s.at("/spec/publishNotReadyAddresses").asBoolean())
                .forEach(_ -> add(place, "gets no answer while Kafka is away: not ready"));
        String route = "\"" + url.getPath() + "\"";
        if (!Repository.read(SCALING + "AutoscalingRoute.java").contains(route)) {
            add(place, "the scheduler serves no " + url.getPath());
        }
    }

    private void limit(String place, String target, String starts) {
        String pool = target.endsWith("layer-worker") ? "WORKERS" : "EVALUATORS";
        Container scheduler =
                manifests.workload("scheduler").containers().findFirst().orElseThrow();
        String wants = scheduler.env("SPARSEMESH_MOST_" + pool);
        if (!wants.equals(starts)) {
            add(place, "starts up to %s, the scheduler wants up to %s".formatted(starts, wants));
        }
    }

    private void monitor(JsonNode monitor) {
        Manifests.items(monitor.at("/spec/endpoints"))
                .filter(
                        endpoint ->
                                !endpoint.path("port").asText().equals("management")
                                        || !endpoint.path("path").asText().equals("/q/metrics"))
                .forEach(
                        endpoint ->
                                add(
                                        "ServiceMonitor",
                                        "expected /q/metrics of management, found " + endpoint));
    }

    private void rules(JsonNode rule) {
        Set<String> known = Services.metrics();
        Manifests.items(rule.at("/spec/groups"))
                .flatMap(group -> Manifests.items(group.path("rules")))
                .map(each -> each.path("expr").asText())
                .flatMap(expression -> METRIC.matcher(expression).results())
                .map(found -> found.group())
                .filter(
                        name ->
                                !known.contains(name)
                                        && !known.contains(SUFFIX.matcher(name).replaceAll("")))
                .forEach(name -> add("PrometheusRule", "no service has the metric " + name));
    }

    /// Partitions and settings are those of the topics that the scheduler would make.
    private void topics() {
        int brokers =
                manifests.kind("KafkaNodePool").mapToInt(p -> p.at("/spec/replicas").asInt()).sum();
        Map<String, String> meant = new TreeMap<>();
        Services.topics(Math.min(brokers, 3))
                .forEach(
                        (name, topic) ->
                                meant.put(
                                        name,
                                        said(
                                                topic.numPartitions(),
                                                topic.replicationFactor(),
                                                topic.configs())));
        Map<String, String> made = new TreeMap<>();
        for (JsonNode topic : (Iterable<JsonNode>) manifests.kind("KafkaTopic")::iterator) {
            JsonNode spec = topic.path("spec");
            Map<String, String> settings = new TreeMap<>();
            spec.path("config")
                    .properties()
                    .forEach(s -> settings.put(s.getKey(), s.getValue().asText()));
            made.put(
                    spec.path("topicName").asText(),
                    said(spec.path("partitions").asInt(), spec.path("replicas").asInt(), settings));
        }
        Set<String> names = new TreeSet<>(meant.keySet());
        names.addAll(made.keySet());
        names.stream()
                .filter(name -> !Objects.equals(meant.get(name), made.get(name)))
                .forEach(
                        name ->
                                add(
                                        "KafkaTopic " + name,
                                        "expected %s, found %s"
                                                .formatted(meant.get(name), made.get(name))));
    }

    private static String said(int partitions, int replicas, Map<String, String> settings) {
        return "%d partitions, %d replicas, %s"
                .formatted(partitions, replicas, new TreeMap<>(settings));
    }

    private void user(JsonNode user) {
        Set<String> topics = Services.names();
        Set<String> groups = new TreeSet<>(Services.groups());
        Manifests.items(user.at("/spec/authorization/acls"))
                .forEach(
                        acl -> {
                            String type = acl.at("/resource/type").asText();
                            String name = acl.at("/resource/name").asText();
                            if (type.equals("topic") && !topics.contains(name)
                                    || type.equals("group") && !groups.contains(name)) {
                                add(
                                        "KafkaUser " + Manifests.name(user),
                                        "there is no %s %s".formatted(type, name));
                            }
                            if (!type.equals("cluster")
                                    && !acl.at("/resource/patternType")
                                            .asText()
                                            .equals("literal")) {
                                add(
                                        "KafkaUser " + Manifests.name(user),
                                        "is let in to more than one: " + acl);
                            }
                        });
    }

    private void add(String place, String what) {
        complaints.add(place + ": " + what);
    }
}
