package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ContainersTest {

    private static final String COMPOSE = Repository.read("deploy/containers/compose.yaml");

    private static JsonNode compose(String text) {
        return Yaml.withAnchors(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Containerfile", "Containerfile.gpu"})
    void theImageIsPinnedAndItsProcessIsNobody(String name) {
        assertThat(Containers.ofFile(Containerfile.read(name))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FROM ${JRE}@${JRE_DIGEST} | FROM ${JRE} | expected a digest",
                "ARG JRE_DIGEST | ARG JRE_DIGEST=sha256:00 | a digest has a default",
                "USER 10001:10001 | USER root | expected 10001:10001",
                "ENV HOME=/tmp | ENV HOME=/root | expected HOME=/tmp",
                "/target/sbom.json | /target/x.json | no bill of materials",
            })
    void aContainerfileThatIsSpoiledIsComplainedOf(String text, String other, String complaint) {
        String spoiled = Repository.read("deploy/containers/Containerfile").replace(text, other);

        assertThat(Containers.ofFile(Containerfile.of(spoiled)))
                .anyMatch(found -> found.contains(complaint));
    }

    @Test
    void bothImagesStartAlikeAndEveryServiceHasOptions() {
        assertThat(Containerfile.read("Containerfile").entrypoint())
                .isEqualTo(Containerfile.read("Containerfile.gpu").entrypoint());
        for (String service : Services.ALL) {
            String options =
                    Repository.read("deploy/containers/jvm/%s/jvm.options".formatted(service));
            assertThat(Containers.ofOptions(service, options)).isEmpty();
            assertThat(Containers.ofOptions(service, options.replace("-XX:MaxRAM", "-Xmx1g #")))
                    .hasSize(2);
        }
    }

    @Test
    void theComposeFileSaysWhatTheServicesRead() {
        assertThat(Containers.ofCompose(compose(COMPOSE))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SPARSEMESH_DEVICE | SPARSEMESH_DEVISE | SPARSEMESH_DEVISE is read by nothing",
                "read_only: true | read_only: false | /read_only: expected true",
                "cap_drop: [ALL] | cap_drop: [] | /cap_drop: expected",
                "user: \"10001:10001\" | user: root | /user: expected 10001:10001",
                "127.0.0.1:8080:8080 | 8080:8080 | serves beyond this machine",
                "${SPARSEMESH_ROOT_KEY:?openssl rand -hex 32} | secret | is not asked of the environment",
                "@${KAFKA_DIGEST:?the digest of the image, sha256:...} | '' | kafka: is not pinned",
                "stop_grace_period: 10m | stop_grace_period: 60s | drains for 570s of the 60s",
                "SPARSEMESH_STORE: /store | SPARSEMESH_STORE: /elsewhere | is no volume",
                "127.0.0.1:9000:9000 | 127.0.0.1:9000:9001 | gateway: publishes 9001, listens on none",
                "SPARSEMESH_PORT: \"8080\" | SPARSEMESH_PORT: \"8081\" | gateway: publishes 8080",
                "SPARSEMESH_KAFKA_BOOTSTRAP: kafka:9092 | SPARSEMESH_KAFKA_BOOTSTRAP: broker:9092 | is none of the services",
                "jdbc:postgresql://postgres:5432 | jdbc:postgresql://localhost:5432 | is none of the services",
                "SPARSEMESH_HOST: 0.0.0.0 | SPARSEMESH_LOG: JSON | gateway: lacks SPARSEMESH_HOST",
                "SPARSEMESH_SHUTDOWN_GRACE: 570s | SPARSEMESH_LOG: JSON | evaluator: lacks SPARSEMESH_SHUTDOWN_GRACE",
                "tmpfs: [/tmp:exec] | tmpfs: [] | has no tmpfs at /tmp",
            })
    void aComposeFileThatIsSpoiledIsComplainedOf(String text, String other, String complaint) {
        assertThat(COMPOSE).contains(text);

        assertThat(Containers.ofCompose(compose(COMPOSE.replace(text, other))))
                .anyMatch(found -> found.contains(complaint));
    }

    @Test
    void kafkaIsTheLineThatTheClientsHave() {
        String kafka =
                Yaml.one(Repository.read("k8s/sparsemesh/values.yaml"))
                        .at("/strimzi/version")
                        .asText();
        String clients =
                Repository.read("pom.xml").replaceAll("(?s).*<kafka.version>([^<]+)<.*", "$1");

        assertThat(compose(COMPOSE).at("/services/kafka/image").asText())
                .startsWith("apache/kafka:" + clients + "@");
        assertThat(clients).startsWith(kafka.replaceAll("\\.\\d+$", "."));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | JRE_DIGEST: expected sha256: and 64 hexadecimal digits, found ''",
                "--gpu | JRE_DIGEST: expected sha256: and 64 hexadecimal digits, found ''",
                "--jib registry.example.com/team | JRE_DIGEST: expected sha256: and 64 hexadecimal",
                "--jib | --jib: expected a registry, such as registry.example.com/team, found ''",
                "--jib -x | --jib: expected a registry, such as registry.example.com/team, found '-x'"
            })
    void nothingIsBuiltWithoutDigestsOrAPlace(String options, String refusal)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("deploy/containers/build"));
        Stream.of(options.split(" ")).filter(word -> !word.isEmpty()).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(Repository.ROOT.toFile()).redirectErrorStream(true);
        builder.environment().remove("JRE_DIGEST");
        builder.environment().remove("CUDA_DIGEST");
        // A build that is not refused would start Maven.
        builder.environment().put("JAVA_HOME", "/nonexistent");
        builder.environment().put("PATH", "/usr/bin:/bin");
        Process build = builder.start();
        String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(build.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(build.exitValue()).isEqualTo(2);
        assertThat(said).startsWith(refusal);
    }
}
