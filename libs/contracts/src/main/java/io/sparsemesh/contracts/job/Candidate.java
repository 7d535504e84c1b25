package io.sparsemesh.contracts.job;

/// One of the checkpoints that a job makes.
///
/// @param name of its folder, and part of its task ids; empty if the job makes no other
public record Candidate(String name, Sparsity target) {

    /// The model's name in evaluations.
    public String variant() {
        return name.isEmpty() ? "pruned" : name;
    }

    /// Whether its sparsity is spread over the linears in another way than evenly.
    public boolean isAllocated() {
        return name.equals(Allocation.OWL.text()) || name.equals(Allocation.BUDGET.text());
    }

    /// How a linear of this checkpoint is called among those of all.
    public String layer(String linear) {
        return layer(name, linear);
    }

    public static String layer(String candidate, String linear) {
        return candidate.isEmpty() ? linear : candidate + "/" + linear;
    }
}
