package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/// How the sparsity that is asked for is spread over the linears.
public enum Allocation {
    /// Every linear gets it.
    @JsonProperty("uniform")
    UNIFORM,

    /// Blocks whose weighted inputs have more outliers lose fewer weights (arXiv 2310.05175).
    @JsonProperty("owl")
    OWL,

    /// As the errors predict it that pruning each linear to several sparsities makes.
    @JsonProperty("budget")
    BUDGET;

    /// @return `asked`, or [#UNIFORM] if it is absent
    public static Allocation orDefault(Allocation asked) {
        return asked == null ? UNIFORM : asked;
    }

    /// As in requests.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
