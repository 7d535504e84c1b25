package io.sparsemesh.scheduler.broker;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/// Ready when topics and share groups are set up.
@Readiness
@ApplicationScoped
class TopologyReady implements HealthCheck {

    private final Topology topology;

    TopologyReady(Topology topology) {
        this.topology = topology;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("topics and share groups")
                .status(topology.isMade())
                .build();
    }
}
