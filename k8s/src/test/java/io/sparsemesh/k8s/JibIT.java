package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The images that Jib makes, here from no base, are those that the Containerfile describes.
final class JibIT {

    private static final Containerfile FILE = Containerfile.read("Containerfile");

    private static OciImage image(String service) throws IOException {
        Path tar = Repository.path(service + "/target/jib-image.tar");
        assertThat(tar).as("the service is built to pre-integration-test").exists();
        return OciImage.read(tar);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "scheduler", "layer-worker", "evaluator"})
    void theImageIsTheContainerfiles(String service) throws IOException {
        OciImage image = image(service);

        assertThat(image.files())
                .containsKeys("/opt/sparsemesh/sbom.json", "/opt/sparsemesh/quarkus-run.jar");
        assertThat(SameImage.complaints(FILE, service, image)).isEmpty();
    }

    /// The file of which the image has the bytes, as was seen above.
    @ParameterizedTest
    @ValueSource(strings = {"gateway", "scheduler", "layer-worker", "evaluator"})
    void itsBillOfMaterialsNamesWhatTheServiceIsMadeOf(String service) throws IOException {
        JsonNode bom = Yaml.one(Repository.read(service + "/target/sbom.json"));

        assertThat(bom.path("bomFormat").asText()).isEqualTo("CycloneDX");
        List<String> components =
                Manifests.items(bom.path("components"))
                        .filter(component -> !component.path("version").asText().isEmpty())
                        .map(component -> component.path("purl").asText().replaceAll("@.*", ""))
                        .toList();
        assertThat(components)
                .contains(
                        "pkg:maven/org.apache.kafka/kafka-clients",
                        "pkg:maven/io.quarkus/quarkus-core",
                        "pkg:maven/io.sparsemesh/sparsemesh-contracts");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "USER 10001:10001 | USER root | USER: expected root, found 10001:10001",
                "WORKDIR /tmp | WORKDIR / | WORKDIR: expected /, found /tmp",
                "ENV HOME=/tmp | ENV HOME=/tmp A=b | ENV: expected {A=b, HOME=/tmp}, found {HOME=/tmp}",
                "Apache-2.0 | MIT | LABEL: expected",
                "\"-jar\", | '' | ENTRYPOINT: expected",
                "COPY ${SERVICE}/target/sbom.json /opt/sparsemesh/ | '' | sbom.json: is copied by nothing",
                "quarkus-app/ /opt/sparsemesh/ | quarkus-app/ /opt/mesh/ | /opt/mesh/quarkus-run.jar: is not in",
                "jvm/${SERVICE}/ | jvm/layer-worker/ | jvm.options: has other bytes than",
            })
    void anotherContainerfileIsComplainedOf(String text, String other, String complaint)
            throws IOException {
        String spoiled = Repository.read("deploy/containers/Containerfile").replace(text, other);

        assertThat(SameImage.complaints(Containerfile.of(spoiled), "scheduler", image("scheduler")))
                .anyMatch(found -> found.contains(complaint));
    }

    @Test
    void filesThatOthersMayChangeAreComplainedOf() throws IOException {
        OciImage image = image("scheduler");
        String path = "/opt/sparsemesh/jvm.options";
        String sha256 = image.files().get(path).sha256();

        for (OciImage.Entry spoiled :
                new OciImage.Entry[] {
                    new OciImage.Entry(sha256, "10001:0", 0644),
                    new OciImage.Entry(sha256, "0:0", 0666),
                    new OciImage.Entry(sha256, "0:0", 0600)
                }) {
            OciImage other = new OciImage(image.config(), Map.of(path, spoiled));

            assertThat(SameImage.complaints(FILE, "scheduler", other))
                    .anyMatch(found -> found.startsWith(path + ": "));
        }
    }
}
