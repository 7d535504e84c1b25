package io.sparsemesh.worker.calibrate;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Sampling;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.engine.corpus.SampleChoice;
import java.util.ArrayList;
import java.util.List;

/// What a job's calibration asks of the engine.
final class Samples {

    private Samples() {}

    static SampleChoice choice(Calibration calibration, FileRoots roots) {
        List<Integer> shares = calibration.shares();
        List<SampleChoice.Part> parts = new ArrayList<>();
        for (int i = 0; i < shares.size(); i++) {
            TextSource source = calibration.sources().get(i).text();
            parts.add(
                    new SampleChoice.Part(
                            roots.path(source.uri()),
                            source.tensor(),
                            source.field(),
                            shares.get(i)));
        }
        return new SampleChoice(
                parts,
                how(calibration.sampling()),
                calibration.sequenceLength(),
                calibration.seed());
    }

    private static SampleChoice.How how(Sampling sampling) {
        return switch (sampling) {
            case PACKED -> SampleChoice.How.PACKED;
            case DOCUMENT -> SampleChoice.How.DOCUMENT;
            case WIKITEXT2 -> SampleChoice.How.WIKITEXT2;
            case PTB -> SampleChoice.How.PTB;
            case C4 -> SampleChoice.How.C4;
        };
    }
}
