package io.sparsemesh.deploy.doctor;

import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.embedded.LocalServers;
import java.util.List;
import java.util.Optional;

/// What the build left: the services, the broker, the database.
final class BuildChecks {
    private static final List<String> SERVICES =
            List.of("gateway", "scheduler", "layer-worker", "evaluator");

    private BuildChecks() {}

    static List<Check> all(Installation installation) {
        return List.of(
                services(installation),
                server("kafka files", LocalServers.kafkaFault()),
                server("postgres files", LocalServers.postgresFault()));
    }

    static Check services(Installation installation) {
        List<String> missing =
                SERVICES.stream().filter(module -> !installation.isBuilt(module)).toList();
        return missing.isEmpty()
                ? Check.ok("services", "all four are built")
                : Check.warn(
                        "services",
                        "not built: " + String.join(", ", missing),
                        "the first `./sparsemesh dev` builds them; that takes minutes and Maven");
    }

    private static Check server(String name, Optional<String> fault) {
        return fault.map(
                        why ->
                                Check.fail(
                                        name,
                                        why,
                                        "`./mvnw -DskipTests package` on this machine fetches what"
                                                + " is missing"))
                .orElseGet(() -> Check.ok(name, "can start"));
    }
}
