package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.gateway.problem.Code;
import java.util.Optional;

/// Reads `method.refit`.
final class RefitReader {

    /// Each mode takes at most four times a solve with its own; `docs/quality.md` has what they
    /// give.
    private static final int REFIT_ITERATIONS = 3;

    private static final int TARGET_ITERATIONS = 2;

    private static final int MAX_ITERATIONS = 1000;

    /// Of the preset `best`. Each takes about as long as the refit itself.
    private static final int BEST_RESELECTIONS = 1;

    private static final int MAX_RESELECTIONS = 16;

    private static final double DEFAULT_TOLERANCE = 1e-3;

    /// Half: aiming at the dense model alone fits small calibration sets too closely.
    private static final double DEFAULT_MIX = 0.5;

    private final Fields refit;

    RefitReader(Fields refit) {
        this.refit = refit;
    }

    /// What the preset `best` refits.
    static Refit best(Propagation propagation) {
        Refit.Mode mode = propagation == Propagation.DENSE ? Refit.Mode.REFIT : Refit.Mode.TARGET;
        return new Refit(mode, mix(mode), iterations(mode), DEFAULT_TOLERANCE, BEST_RESELECTIONS);
    }

    private static double mix(Refit.Mode mode) {
        return mode == Refit.Mode.TARGET ? DEFAULT_MIX : 0;
    }

    private static int iterations(Refit.Mode mode) {
        return mode == Refit.Mode.TARGET ? TARGET_ITERATIONS : REFIT_ITERATIONS;
    }

    Refit read(Propagation propagation, String combinations) {
        Refit.Mode mode = readMode(propagation, combinations);
        Optional<Double> mix = refit.number("mix", m -> m > 0 && m <= 1, "0 < mix <= 1");
        if (mix.isPresent() && mode == Refit.Mode.REFIT) {
            refit.refuse("mix", "belongs to mode target");
        }
        Refit read =
                new Refit(
                        mode,
                        mix.filter(_ -> mode == Refit.Mode.TARGET).orElse(mix(mode)),
                        refit.count("iterations", 1, MAX_ITERATIONS).orElse(iterations(mode)),
                        refit.number("tolerance", t -> t >= 0 && t < 1, "0 <= tolerance < 1")
                                .orElse(DEFAULT_TOLERANCE),
                        refit.count("reselections", 0, MAX_RESELECTIONS).orElse(0));
        refit.finish();
        return read;
    }

    private Refit.Mode readMode(Propagation propagation, String combinations) {
        String mode = refit.requiredText("mode").orElse("refit");
        return switch (mode) {
            case "refit" -> Refit.Mode.REFIT;
            case "target" -> {
                if (propagation == Propagation.DENSE) {
                    refit.refuse(
                            "mode",
                            Code.UNSUPPORTED_METHOD,
                            "with dense propagation the layers' inputs are the dense model's, and"
                                    + " target is refit"
                                    + combinations);
                }
                yield Refit.Mode.TARGET;
            }
            default -> {
                refit.refuse(
                        "mode",
                        Code.UNSUPPORTED_METHOD,
                        "expected refit or target, found '%s'".formatted(mode) + combinations);
                yield Refit.Mode.REFIT;
            }
        };
    }
}
