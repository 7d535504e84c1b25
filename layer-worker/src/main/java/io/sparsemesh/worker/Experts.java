package io.sparsemesh.worker;

import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.engine.calibration.FewTokens;
import io.sparsemesh.engine.calibration.FewTokens.Remedy;

/// What a job says of experts, in the engine's words.
public final class Experts {

    private Experts() {}

    /// Asked of calibrate and of solve tasks alike: the first gather what the second go by.
    public static FewTokens fewTokens(ExpertTokens asked) {
        return new FewTokens(
                asked.minTokensPerExpert(),
                switch (asked.fewTokens()) {
                    case EVERY_TOKEN -> Remedy.EVERY_TOKEN;
                    case REPORT -> Remedy.AS_THEY_ARE;
                });
    }
}
