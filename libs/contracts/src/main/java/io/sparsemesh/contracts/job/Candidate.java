package io.sparsemesh.contracts.job;

/// One of the checkpoints that a job makes.
///
/// @param name its folder below the job's output, and part of its task ids; empty if the job makes
///     no other
public record Candidate(String name, Sparsity target) {

    /// The model's name in evaluations.
    public String variant() {
        return name.isEmpty() ? "pruned" : name;
    }

    /// How a linear of this checkpoint is called among those of all.
    public String layer(String linear) {
        return layer(name, linear);
    }

    public static String layer(String candidate, String linear) {
        return candidate.isEmpty() ? linear : candidate + "/" + linear;
    }
}
