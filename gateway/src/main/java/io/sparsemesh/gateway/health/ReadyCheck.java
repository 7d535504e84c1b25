package io.sparsemesh.gateway.health;

import io.quarkus.hibernate.orm.panache.Panache;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.gateway.outbox.RequestsTopic;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/// Ready when a job can be accepted: the database answers and is migrated, and the scheduler has
/// made the topic that jobs go to.
@Readiness
class ReadyCheck implements HealthCheck {

    private final RequestsTopic topic;

    ReadyCheck(RequestsTopic topic) {
        this.topic = topic;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("accepts jobs");
        boolean there = topic.isThere();
        answer.withData("topic " + Topics.REQUESTS, there ? "there" : "missing");
        try {
            QuarkusTransaction.requiringNew()
                    .run(
                            () ->
                                    Panache.getEntityManager()
                                            .createNativeQuery(
                                                    "select count(*) from gateway.worker")
                                            .getSingleResult());
            answer.withData("database", "migrated");
            return answer.status(there).build();
        } catch (RuntimeException e) {
            return answer.withData("database", String.valueOf(e.getMessage())).down().build();
        }
    }
}
