package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// How a job prunes; the normalised form of the request's `method`.
///
/// @param name the method
/// @param sparsity share of zeros, or absent when `pattern` is given
/// @param pattern `n:m`, n non-zeros kept of m, or absent when `sparsity` is given
/// @param blockSize columns between two updates of the remaining weights
/// @param damping share of the Gram matrix' mean diagonal that is added to it
/// @param exactCount whether exactly the asked number of weights goes, rather than the
///     reference's count (one more for each column block)
/// @param propagation which activations calibrate a block
/// @param include names to prune: globs, or `re:` and a regular expression
/// @param exclude names not to prune, stronger than `include`
/// @param firstBlock first block to prune
/// @param lastBlock last block to prune, inclusive
/// @param quantization absent when the weights that stay are not rounded
/// @param overrides other targets; of those that match a linear the first decides
/// @param refit absent when the weights stay as SparseGPT leaves them
/// @param experts what becomes of experts that few tokens get to
/// @param targets of a sweep, which makes a checkpoint for each; empty unless neither `sparsity`
///     nor `pattern` is given
/// @param allocation how `sparsity` is spread over the linears; uniform if absent. Any other makes
///     two checkpoints, that and a uniform one, of which the better stays
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Method(
        MethodName name,
        Double sparsity,
        String pattern,
        int blockSize,
        double damping,
        boolean exactCount,
        Propagation propagation,
        List<String> include,
        List<String> exclude,
        int firstBlock,
        int lastBlock,
        Quantization quantization,
        List<TargetOverride> overrides,
        Refit refit,
        ExpertTokens experts,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Target> targets,
        Allocation allocation) {

    public Method {
        allocation = Allocation.orDefault(allocation);
        targets = targets == null ? List.of() : List.copyOf(targets);
        long given =
                Stream.of(sparsity != null, pattern != null, !targets.isEmpty())
                        .filter(is -> is)
                        .count();
        if (given != 1) {
            throw new IllegalArgumentException(
                    "method: expected one of sparsity, pattern and targets");
        }
        if (allocation != Allocation.UNIFORM && sparsity == null) {
            throw new IllegalArgumentException(
                    "method: expected sparsity with allocation " + allocation.text());
        }
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
        overrides = overrides == null ? List.of() : List.copyOf(overrides);
        experts = ExpertTokens.orDefault(experts);
    }

    /// One target for all linears, nothing rounded or refitted, experts as by default.
    public Method(
            MethodName name,
            Double sparsity,
            String pattern,
            int blockSize,
            double damping,
            boolean exactCount,
            Propagation propagation,
            List<String> include,
            List<String> exclude,
            int firstBlock,
            int lastBlock) {
        this(
                name,
                sparsity,
                pattern,
                blockSize,
                damping,
                exactCount,
                propagation,
                include,
                exclude,
                firstBlock,
                lastBlock,
                null,
                List.of(),
                null,
                ExpertTokens.DEFAULT,
                List.of(),
                Allocation.UNIFORM);
    }

    /// The same with another damping.
    public Method withDamping(double other) {
        return copy(c -> c.damping = other);
    }

    /// The same with kept weights rounded.
    ///
    /// @param how null for not rounded
    public Method withQuantization(Quantization how) {
        return copy(c -> c.quantization = how);
    }

    /// The same with kept weights fitted again.
    ///
    /// @param how null for as SparseGPT leaves them
    public Method withRefit(Refit how) {
        return copy(c -> c.refit = how);
    }

    /// The same with other targets for some linears.
    public Method withOverrides(List<TargetOverride> others) {
        return copy(c -> c.overrides = others);
    }

    /// The same with another rule for experts.
    public Method withExperts(ExpertTokens rule) {
        return copy(c -> c.experts = rule);
    }

    /// A sweep over these targets, in place of this one's.
    public Method withTargets(List<Target> all) {
        return copy(
                c -> {
                    c.sparsity = null;
                    c.pattern = null;
                    c.targets = all;
                });
    }

    /// The same with the sparsity spread in another way.
    public Method withAllocation(Allocation how) {
        return copy(c -> c.allocation = how);
    }

    /// The same with a sparsity of their own for linears that no override decides.
    ///
    /// @param shares of zeros, by the linears' full names
    public Method withShares(Map<String, Double> shares) {
        Stream<TargetOverride> own =
                shares.entrySet().stream()
                        .map(e -> new TargetOverride(e.getKey(), e.getValue(), null));
        return withOverrides(Stream.concat(overrides.stream(), own).toList());
    }

    private Method copy(Consumer<Copy> change) {
        Copy c = new Copy(this);
        change.accept(c);
        return new Method(
                name,
                c.sparsity,
                c.pattern,
                blockSize,
                c.damping,
                exactCount,
                propagation,
                include,
                exclude,
                firstBlock,
                lastBlock,
                c.quantization,
                c.overrides,
                c.refit,
                c.experts,
                c.targets,
                c.allocation);
    }

    /// What a copy may have otherwise.
    private static final class Copy {
        private Double sparsity;
        private String pattern;
        private double damping;
        private Quantization quantization;
        private List<TargetOverride> overrides;
        private Refit refit;
        private ExpertTokens experts;
        private List<Target> targets;
        private Allocation allocation;

        private Copy(Method from) {
            sparsity = from.sparsity;
            pattern = from.pattern;
            damping = from.damping;
            quantization = from.quantization;
            overrides = from.overrides;
            refit = from.refit;
            experts = from.experts;
            targets = from.targets;
            allocation = from.allocation;
        }
    }

    /// `sparsity` or `pattern`, whichever was given.
    ///
    /// @throws IllegalStateException if this is a sweep
    @JsonIgnore
    public Sparsity target() {
        if (isSweep()) {
            throw new IllegalStateException("method: expected one target, found " + targets);
        }
        return Sparsity.of(sparsity, pattern);
    }

    @JsonIgnore
    public boolean isSweep() {
        return !targets.isEmpty();
    }

    /// Whether the sparsity is spread in another way than evenly.
    @JsonIgnore
    public boolean isAllocated() {
        return allocation != Allocation.UNIFORM;
    }

    /// The checkpoints to be made, in the order of the request: one without a name, or one for each
    /// target of a sweep, or the allocated one and the uniform one.
    public List<Candidate> candidates() {
        if (isAllocated()) {
            return Stream.of(allocation, Allocation.UNIFORM)
                    .map(how -> new Candidate(how.text(), target()))
                    .toList();
        }
        return checkpoints();
    }

    /// The checkpoints that stay: the candidates, but one without a name of an allocated job.
    public List<Candidate> checkpoints() {
        return isSweep()
                ? targets.stream().map(t -> new Candidate(t.fileName(), t.asked())).toList()
                : List.of(new Candidate("", target()));
    }

    /// This method with the candidate's target as its only one, for every linear alike.
    public Method of(Candidate candidate) {
        Target target = Target.of(candidate.target());
        return copy(
                c -> {
                    c.sparsity = target.sparsity();
                    c.pattern = target.pattern();
                    c.targets = List.of();
                    c.allocation = Allocation.UNIFORM;
                });
    }
}
