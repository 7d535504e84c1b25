package io.sparsemesh.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import org.junit.jupiter.api.Test;

class LocalServersTest {

    @Test
    void whatTheBuildLeftCanStart() {
        // When, Then
        assertThat(LocalServers.kafkaFault()).isEmpty();
        assertThat(LocalServers.postgresFault()).isEmpty();
    }

    @Test
    void missingFilesOfTheBrokerAreCountedAndTheFirstIsNamed() {
        // Given
        String there = System.getProperty("java.home");

        // When
        var fault =
                LocalServers.missing(
                        String.join(File.pathSeparator, there, "/no/a.jar", "/no/b.jar"));

        // Then
        assertThat(fault)
                .hasValue("2 files of the broker's class path are missing, the first is /no/a.jar");
    }
}
