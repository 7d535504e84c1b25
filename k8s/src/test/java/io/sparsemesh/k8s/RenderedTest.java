package io.sparsemesh.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `k8s/rendered` shows what the chart makes, to read and to compare. After a change that is meant
/// `-Drendered.accept=true` takes the new one.
final class RenderedTest {

    @ParameterizedTest
    @CsvSource({
        "values-kind.yaml, kind.yaml",
        "values-gpu.yaml, gpu.yaml",
        "values-s3.yaml, s3.yaml"
    })
    void theExampleIsWhatTheChartRenders(String values, String example) throws IOException {
        Path file = Repository.path("k8s/rendered/" + example);
        String header =
                "# What the chart renders with %s. Made by RenderedTest, -Drendered.accept=true.%n"
                        .formatted(values);
        String rendered = header + Chart.render(values);
        if (Boolean.getBoolean("rendered.accept")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, rendered);
        }
        assertThat(file)
                .as("after a change that is meant: -Drendered.accept=true")
                .hasContent(rendered);
    }
}
