package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What becomes of an expert that too few calibration tokens get to. Either way its layers' reports
/// say so.
///
/// @param minTokensPerExpert tokens that are enough; 0 takes any number but none
public record ExpertTokens(long minTokensPerExpert, Few fewTokens) {

    /// What is done with an expert that has fewer.
    public enum Few {
        /// It is calibrated on every token that enters the experts of its block.
        @JsonProperty("everyToken")
        EVERY_TOKEN,
        /// It is calibrated on those it has; one without any fails by name.
        @JsonProperty("report")
        REPORT
    }

    /// As many tokens as columns in a block of the solver.
    public static final ExpertTokens DEFAULT = new ExpertTokens(128, Few.EVERY_TOKEN);

    /// @return `asked`, or the default if it is absent
    public static ExpertTokens orDefault(ExpertTokens asked) {
        return asked == null ? DEFAULT : asked;
    }
}
