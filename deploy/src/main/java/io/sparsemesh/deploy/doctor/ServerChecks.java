package io.sparsemesh.deploy.doctor;

import io.sparsemesh.contracts.BrokerLogin;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/// Broker and database of an installation that has its own, as its services' settings name them.
final class ServerChecks {
    private static final String BROKERS = "SPARSEMESH_KAFKA_BOOTSTRAP";
    private static final String DATABASE = "SPARSEMESH_DB_URL";
    private static final int LIMIT_MILLIS = 5000;
    private static final int POSTGRES = 5432;

    private ServerChecks() {}

    /// Nothing where nothing is set: `dev` starts its own.
    static List<Check> all(Patient patient) {
        List<Check> checks = new ArrayList<>();
        patient.variable(BROKERS).map(ServerChecks::kafka).ifPresent(checks::add);
        patient.variable(DATABASE).map(ServerChecks::database).ifPresent(checks::add);
        return checks;
    }

    static Check kafka(String brokers) {
        Map<String, Object> settings =
                Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, LIMIT_MILLIS,
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, LIMIT_MILLIS);
        try (Admin admin = Admin.create(BrokerLogin.with(settings))) {
            int nodes = admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).size();
            return Check.ok("kafka", "%s answers, brokers: %d".formatted(brokers, nodes));
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            return Check.fail(
                    "kafka",
                    brokers + " does not answer",
                    "start the broker, or correct " + BROKERS + "; `dev` needs neither");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Check.fail("kafka", "interrupted", "ask again");
        }
    }

    static Check database(String jdbcUrl) {
        String advice = "start PostgreSQL, or correct " + DATABASE + "; `dev` needs neither";
        try (Socket socket = new Socket()) {
            URI server = URI.create(jdbcUrl.replaceFirst("^jdbc:", ""));
            if (server.getHost() == null) {
                return Check.fail(
                        "database",
                        "expected jdbc:postgresql://host:port/name, found " + jdbcUrl,
                        "correct " + DATABASE);
            }
            int port = server.getPort() < 0 ? POSTGRES : server.getPort();
            socket.connect(new InetSocketAddress(server.getHost(), port), LIMIT_MILLIS);
            return Check.ok("database", "%s:%d listens".formatted(server.getHost(), port));
        } catch (IOException | IllegalArgumentException e) {
            return Check.fail("database", jdbcUrl + ": " + e.getMessage(), advice);
        }
    }
}
