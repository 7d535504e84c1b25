package io.sparsemesh.worker.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.artifacts.OutsideRootsException;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Sampling;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.engine.corpus.SampleChoice;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SamplesTest {

    private static Calibration calibration(Sampling sampling) {
        return new Calibration(
                List.of(
                        new Calibration.Source(new TextSource("file:///a.jsonl", "", "body"), 3),
                        new Calibration.Source(new TextSource("file:///b.safetensors", "ids"), 1)),
                sampling,
                8,
                64,
                5);
    }

    @Test
    void eachSourceGivesItsShare() {
        SampleChoice found =
                Samples.choice(calibration(Sampling.DOCUMENT), new FileRoots(List.of()));

        assertThat(found)
                .isEqualTo(
                        new SampleChoice(
                                List.of(
                                        new SampleChoice.Part(Path.of("/a.jsonl"), "", "body", 6),
                                        new SampleChoice.Part(
                                                Path.of("/b.safetensors"), "ids", "text", 2)),
                                SampleChoice.How.DOCUMENT,
                                64,
                                5));
    }

    @ParameterizedTest
    @EnumSource(Sampling.class)
    void samplingIsThatOfTheRequest(Sampling sampling) {
        assertThat(Samples.choice(calibration(sampling), new FileRoots(List.of())).how())
                .hasToString(sampling.name());
    }

    @Test
    void everySourceIsHeldToTheRoots() {
        FileRoots roots = new FileRoots(List.of(Path.of("/elsewhere")));

        assertThatThrownBy(() -> Samples.choice(calibration(Sampling.PACKED), roots))
                .isInstanceOf(OutsideRootsException.class);
    }
}
