package io.sparsemesh.gateway.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.TextSource;
import java.util.List;
import java.util.Map;

/// A job's request in the form in which the API takes it, with all defaults filled in.
@JsonInclude(JsonInclude.Include.NON_NULL)
record RequestJson(
        Model model,
        Method method,
        Calibration calibration,
        EvaluationSuites evaluation,
        Output output,
        FallbackPolicy onFallback,
        int priority,
        Map<String, String> labels) {

    record Model(String uri, String revision) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Method(
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
            int lastBlock) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Calibration(String uri, String tensor, int samples, int sequenceLength, long seed) {}

    record EvaluationSuites(boolean dense, List<Perplexity> perplexity, List<Task> tasks) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Perplexity(
            String name, String uri, String tensor, String protocol, int sequenceLength) {}

    record Task(String name, String uri) {}

    record Output(String uri, String format) {}

    static RequestJson of(JobRequest request) {
        return new RequestJson(
                new Model(request.modelUri(), request.revision()),
                method(request.method()),
                calibration(request.calibration()),
                suites(request.evaluation()),
                new Output(request.output().uri(), request.output().format()),
                request.onFallback(),
                request.priority(),
                request.labels());
    }

    /// Settings without a meaning for the method are left out.
    private static Method method(io.sparsemesh.contracts.job.Method method) {
        boolean calibrated = method.name().isCalibrated();
        return new Method(
                method.name(),
                method.sparsity(),
                method.pattern(),
                calibrated ? method.blockSize() : null,
                calibrated ? method.damping() : null,
                method.exactCount(),
                calibrated ? method.propagation() : null,
                method.include(),
                method.exclude(),
                method.firstBlock(),
                method.lastBlock());
    }

    private static Calibration calibration(io.sparsemesh.contracts.job.Calibration calibration) {
        if (calibration == null) {
            return null;
        }
        TextSource source = calibration.source();
        return new Calibration(
                source.uri(),
                tensor(source),
                calibration.samples(),
                calibration.sequenceLength(),
                calibration.seed());
    }

    private static EvaluationSuites suites(Evaluation evaluation) {
        return new EvaluationSuites(
                evaluation.dense(),
                evaluation.perplexity().stream().map(RequestJson::perplexity).toList(),
                evaluation.tasks().stream().map(t -> new Task(t.name(), t.uri())).toList());
    }

    private static Perplexity perplexity(Evaluation.Perplexity suite) {
        return new Perplexity(
                suite.name(),
                suite.source().uri(),
                tensor(suite.source()),
                suite.protocol(),
                suite.sequenceLength());
    }

    private static String tensor(TextSource source) {
        return source.isTokenIds() ? source.tensor() : null;
    }
}
