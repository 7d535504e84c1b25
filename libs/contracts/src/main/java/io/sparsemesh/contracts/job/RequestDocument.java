package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A job's request as the API takes it, with all defaults filled in: what users see of a
/// [JobRequest], in answers and in reports, and may submit again.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RequestDocument(
        Model model,
        Method method,
        Calibration calibration,
        EvaluationSuites evaluation,
        Output output,
        FallbackPolicy onFallback,
        int priority,
        Map<String, String> labels,
        List<Webhook> webhooks) {

    public record Model(String uri, String revision) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Method(
            MethodName name,
            Double sparsity,
            String pattern,
            Integer blockSize,
            Double damping,
            boolean exactCount,
            Propagation propagation,
            List<String> include,
            List<String> exclude,
            int firstBlock,
            int lastBlock,
            Quantization quantization,
            Refit refit,
            Map<String, Target> overrides,
            Long minTokensPerExpert,
            ExpertTokens.Few fewTokens,
            List<Target> targets,
            Allocation allocation) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Calibration(
            String uri,
            String tensor,
            String field,
            List<Source> sources,
            Sampling packing,
            Sampling sampler,
            int samples,
            int sequenceLength,
            long seed) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Source(String uri, String tensor, String field, double weight) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record EvaluationSuites(
            boolean dense,
            List<Perplexity> perplexity,
            List<Task> tasks,
            Double maxPerplexityRatio,
            boolean perBlock) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Perplexity(
            String name,
            String uri,
            String tensor,
            String field,
            String protocol,
            int sequenceLength) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Task(String name, String uri, TaskTemplate format) {}

    public record Output(String uri, String format) {}

    /// Where to tell of the job. The gateway's own matter: no [JobRequest] has any.
    ///
    /// @param events names of what is told
    public record Webhook(String uri, List<String> events) {}

    public static RequestDocument of(JobRequest request) {
        return new RequestDocument(
                new Model(request.modelUri(), request.revision()),
                method(request.method()),
                calibration(request.calibration()),
                suites(request.evaluation()),
                new Output(request.output().uri(), request.output().format()),
                request.onFallback(),
                request.priority(),
                request.labels(),
                null);
    }

    /// The same request with webhooks, if there are any.
    public RequestDocument with(List<Webhook> webhooks) {
        return new RequestDocument(
                model,
                method,
                calibration,
                evaluation,
                output,
                onFallback,
                priority,
                labels,
                webhooks.isEmpty() ? null : webhooks);
    }

    /// Settings without a meaning for the method are left out.
    private static Method method(io.sparsemesh.contracts.job.Method method) {
        boolean calibrated = method.name().isCalibrated();
        boolean compensating = method.name().isCompensating();
        return new Method(
                method.name(),
                method.sparsity(),
                method.pattern(),
                compensating ? method.blockSize() : null,
                compensating ? method.damping() : null,
                method.exactCount(),
                calibrated ? method.propagation() : null,
                method.include(),
                method.exclude(),
                method.firstBlock(),
                method.lastBlock(),
                method.quantization(),
                method.refit(),
                method.overrides().isEmpty() ? null : overrides(method.overrides()),
                calibrated ? method.experts().minTokensPerExpert() : null,
                calibrated ? method.experts().fewTokens() : null,
                method.isSweep() ? method.targets() : null,
                method.isAllocated() ? method.allocation() : null);
    }

    /// In the order given, which decides.
    private static Map<String, Target> overrides(List<TargetOverride> overrides) {
        Map<String, Target> targets = new LinkedHashMap<>();
        overrides.forEach(o -> targets.put(o.names(), new Target(o.sparsity(), o.pattern())));
        return targets;
    }

    static Calibration calibration(io.sparsemesh.contracts.job.Calibration calibration) {
        if (calibration == null) {
            return null;
        }
        boolean one = calibration.sources().size() == 1;
        TextSource source = calibration.source();
        Sampling sampling = calibration.sampling();
        boolean texts = calibration.sources().stream().anyMatch(s -> !s.text().isTokenIds());
        return new Calibration(
                one ? source.uri() : null,
                one ? tensor(source) : null,
                one ? field(source) : null,
                one ? null : calibration.sources().stream().map(RequestDocument::source).toList(),
                sampling.isReference() || !texts ? null : sampling,
                sampling.isReference() ? sampling : null,
                calibration.samples(),
                calibration.sequenceLength(),
                calibration.seed());
    }

    private static Source source(io.sparsemesh.contracts.job.Calibration.Source source) {
        return new Source(
                source.text().uri(), tensor(source.text()), field(source.text()), source.weight());
    }

    private static EvaluationSuites suites(Evaluation evaluation) {
        return new EvaluationSuites(
                evaluation.dense(),
                evaluation.perplexity().stream().map(RequestDocument::perplexity).toList(),
                evaluation.tasks().stream()
                        .map(task -> new Task(task.name(), task.uri(), task.format()))
                        .toList(),
                evaluation.maxPerplexityRatio(),
                evaluation.perBlock());
    }

    private static Perplexity perplexity(Evaluation.Perplexity suite) {
        return new Perplexity(
                suite.name(),
                suite.source().uri(),
                tensor(suite.source()),
                field(suite.source()),
                suite.protocol(),
                suite.sequenceLength());
    }

    private static String tensor(TextSource source) {
        return source.isTokenIds() ? source.tensor() : null;
    }

    private static String field(TextSource source) {
        return source.isJsonLines() ? source.field() : null;
    }
}
