package io.sparsemesh.k8s;

import io.sparsemesh.k8s.Manifests.Container;
import io.sparsemesh.k8s.Manifests.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The services' environment: each variable is one that the service reads, and none is missing
/// whose default is made for one machine.
final class Variables {

    static final Set<String> DATABASE =
            Set.of("SPARSEMESH_DB_URL", "SPARSEMESH_DB_USER", "SPARSEMESH_DB_PASSWORD");

    private static final Set<String> EVERY_SERVICE =
            Set.of(
                    "SPARSEMESH_KAFKA_BOOTSTRAP",
                    "SPARSEMESH_MANAGEMENT_HOST",
                    "SPARSEMESH_MANAGEMENT_PORT",
                    "SPARSEMESH_LOG");

    private static final Set<String> LOGIN =
            Set.of(
                    "KAFKA_SECURITY_PROTOCOL",
                    "KAFKA_SASL_MECHANISM",
                    "KAFKA_SASL_JAAS_CONFIG",
                    "KAFKA_SSL_TRUSTSTORE_TYPE",
                    "KAFKA_SSL_TRUSTSTORE_LOCATION");

    private static final Set<String> WORKER =
            Set.of(
                    "SPARSEMESH_ROOTS",
                    "SPARSEMESH_DEVICE",
                    "SPARSEMESH_THREADS",
                    "SPARSEMESH_SHUTDOWN_GRACE");

    private static final Map<String, Set<String>> REQUIRED =
            Map.of(
                    "gateway",
                    all(
                            EVERY_SERVICE,
                            DATABASE,
                            Set.of(
                                    "SPARSEMESH_AUTH",
                                    "SPARSEMESH_HOST",
                                    "SPARSEMESH_PORT",
                                    "SPARSEMESH_ROOTS")),
                    "scheduler",
                    all(
                            EVERY_SERVICE,
                            DATABASE,
                            Set.of(
                                    "SPARSEMESH_STORE",
                                    "SPARSEMESH_KAFKA_REPLICATION",
                                    "SPARSEMESH_MOST_WORKERS",
                                    "SPARSEMESH_MOST_EVALUATORS")),
                    "layer-worker",
                    all(EVERY_SERVICE, WORKER, Set.of("SPARSEMESH_STORE")),
                    "evaluator",
                    all(EVERY_SERVICE, WORKER, Set.of("SPARSEMESH_BLOCK_MEMORY")),
                    "migrations",
                    all(DATABASE, Set.of("SPARSEMESH_MIGRATE_ONLY")));

    private Variables() {}

    @SafeVarargs
    static Set<String> all(Set<String>... parts) {
        return Stream.of(parts).flatMap(Set::stream).collect(Collectors.toSet());
    }

    static List<String> complaints(Manifests manifests) {
        List<String> complaints = new ArrayList<>();
        boolean named = manifests.kind("KafkaUser").findAny().isPresent();
        manifests
                .workloads()
                .flatMap(Workload::containers)
                .filter(container -> Services.ALL.contains(container.service()))
                .forEach(
                        container -> {
                            Set<String> given = names(container);
                            given.stream()
                                    .filter(name -> !Services.reads(container.service(), name))
                                    .forEach(
                                            name ->
                                                    complaints.add(
                                                            "%s: %s is read by nothing of %s"
                                                                    .formatted(
                                                                            container.place(),
                                                                            name,
                                                                            container.service())));
                            Set<String> missing = required(container, named);
                            missing.removeAll(given);
                            missing.forEach(
                                    name -> complaints.add(container.place() + ": lacks " + name));
                        });
        return complaints;
    }

    private static Set<String> names(Container container) {
        return container
                .env()
                .map(variable -> variable.path("name").asText())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> required(Container container, boolean named) {
        String component = container.workload().component();
        Set<String> required = new TreeSet<>(REQUIRED.getOrDefault(component, Set.of()));
        if (named && Services.ALL.contains(component)) {
            required.addAll(LOGIN);
        }
        return required;
    }
}
