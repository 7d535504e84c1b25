package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

/// Another target for some linears.
///
/// @param names a pattern, as in `include`
/// @param sparsity share of zeros, or absent when `pattern` is given
/// @param pattern `n:m`, or absent when `sparsity` is given
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TargetOverride(String names, Double sparsity, String pattern) {

    public TargetOverride {
        if ((sparsity == null) == (pattern == null)) {
            throw new IllegalArgumentException(
                    "override of %s: expected one of sparsity and pattern".formatted(names));
        }
    }

    @JsonIgnore
    public Sparsity target() {
        return Sparsity.of(sparsity, pattern);
    }
}
