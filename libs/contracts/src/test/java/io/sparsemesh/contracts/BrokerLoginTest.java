package io.sparsemesh.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class BrokerLoginTest {

    @Test
    void namesOfTheEnvironmentBecomeSettingsOfTheClient() {
        // Given
        Map<String, String> environment =
                Map.of(
                        "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                        "KAFKA_SASL_JAAS_CONFIG", "module required;",
                        "KAFKA_SSL_TRUSTSTORE_TYPE", "PEM",
                        "KAFKA_OPTS", "-Dx=y",
                        "KAFKA_ADVERTISED_LISTENERS", "x",
                        "SASL_MECHANISM", "PLAIN");

        // Then
        assertThat(BrokerLogin.of(environment))
                .containsOnly(
                        Map.entry("security.protocol", "SASL_SSL"),
                        Map.entry("sasl.jaas.config", "module required;"),
                        Map.entry("ssl.truststore.type", "PEM"));
    }

    @Test
    void aClientKeepsItsOwnSettings() {
        assertThat(BrokerLogin.with(Map.of("acks", "all"))).containsEntry("acks", "all");
    }
}
