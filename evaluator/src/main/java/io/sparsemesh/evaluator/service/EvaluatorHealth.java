package io.sparsemesh.evaluator.service;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/// Live as long as tasks are taken, ready while the broker answers.
@ApplicationScoped
class EvaluatorHealth {

    private final EvaluatorService service;

    EvaluatorHealth(EvaluatorService service) {
        this.service = service;
    }

    @Produces
    @Liveness
    HealthCheck live() {
        return () ->
                HealthCheckResponse.named("takes tasks").status(service.worker().isAlive()).build();
    }

    @Produces
    @Readiness
    HealthCheck ready() {
        return () ->
                HealthCheckResponse.named("kafka acknowledges")
                        .status(service.worker().isConnected())
                        .withData("task", service.worker().currentTask().orElse(""))
                        .build();
    }
}
