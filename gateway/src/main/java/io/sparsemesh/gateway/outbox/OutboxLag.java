package io.sparsemesh.gateway.outbox;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/// How old the oldest request is that the broker has not taken.
@ApplicationScoped
class OutboxLag {

    private static final Logger LOG = Logger.getLogger(OutboxLag.class);

    /// A row's age is told by its message's time, which a gateway's clock gave it.
    private static final String LAG =
            """
            select coalesce(extract(epoch from
                       now() - min((headers ->> 'ce_time')::timestamptz)) * 1000, 0)
            from gateway.outbox
            """;

    private final DataSource database;
    private final MeterRegistry registry;
    private volatile double millis;

    OutboxLag(DataSource database, MeterRegistry registry) {
        this.database = database;
        this.registry = registry;
    }

    void start(@Observes StartupEvent event) {
        Gauge.builder("sparsemesh.outbox.lag.millis", this, lag -> lag.millis)
                .description("Age of the oldest message that Kafka has not taken")
                .register(registry);
    }

    /// While the database is away nobody knows.
    @Scheduled(every = "5s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void measure() {
        try {
            millis = Math.max(0, ask());
        } catch (SQLException e) {
            LOG.debugf("the outbox cannot be asked: %s", e);
            millis = Double.NaN;
        }
    }

    private double ask() throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement(LAG);
                ResultSet lag = query.executeQuery()) {
            lag.next();
            return lag.getDouble(1);
        }
    }
}
