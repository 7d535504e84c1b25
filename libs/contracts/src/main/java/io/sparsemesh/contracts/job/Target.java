package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;

/// What is asked of the weights, as a request says it.
///
/// @param sparsity share of zeros, or absent when `pattern` is given
/// @param pattern `n:m`, or absent when `sparsity` is given
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Target(Double sparsity, String pattern) {

    public Target {
        if ((sparsity == null) == (pattern == null)) {
            throw new IllegalArgumentException("target: expected one of sparsity and pattern");
        }
    }

    static Target of(Sparsity asked) {
        return switch (asked) {
            case Sparsity.Unstructured(double share) -> new Target(share, null);
            case Sparsity.NOutOfM pattern -> new Target(null, pattern.toString());
        };
    }

    @JsonIgnore
    public Sparsity asked() {
        return Sparsity.of(sparsity, pattern);
    }

    /// Such as `s50`, `s62.5` or `2of4`: the same for the same target, safe in file names and task
    /// ids.
    @JsonIgnore
    public String fileName() {
        return switch (asked()) {
            case Sparsity.Unstructured(double share) -> "s" + percent(share);
            case Sparsity.NOutOfM(int n, int m) -> n + "of" + m;
        };
    }

    private static String percent(double share) {
        BigDecimal percent = BigDecimal.valueOf(share).movePointRight(2);
        return percent.signum() == 0 ? "0" : percent.stripTrailingZeros().toPlainString();
    }
}
