package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.ExpertTokens;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.Refit;
import io.sparsemesh.contracts.job.Sampling;
import io.sparsemesh.contracts.job.Target;
import io.sparsemesh.contracts.job.TargetOverride;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.gateway.webhook.WebhookEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A request that is well-formed by itself: no path has been looked at yet, and defaults that
/// depend on the model are absent.
record Draft(
        Source model,
        Optional<String> revision,
        Method method,
        Optional<Calibration> calibration,
        Evaluation evaluation,
        Optional<Source> output,
        OutputFormat format,
        FallbackPolicy onFallback,
        int priority,
        Map<String, String> labels,
        List<Webhook> webhooks) {

    /// @param pointer of the object that names the source
    /// @param uri empty if it is at fault
    /// @param tensor empty unless the source holds token ids
    /// @param field of JSON lines that has the text
    record Source(String pointer, String uri, String tensor, String field) {

        /// A folder, or lines with fields of their own.
        static Source of(String pointer, String uri) {
            return new Source(pointer, uri, "", TextSource.DEFAULT_FIELD);
        }

        boolean isTokenIds() {
            return uri.endsWith(".safetensors");
        }

        boolean isJsonLines() {
            return uri.endsWith(".jsonl");
        }

        boolean isText() {
            return !uri.isEmpty() && !isTokenIds();
        }

        String uriPointer() {
            return pointer + "/uri";
        }
    }

    /// @param pointer of the address
    /// @param uri empty if it is at fault
    record Webhook(String pointer, String uri, List<WebhookEvent> events) {}

    record Method(
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
            OptionalInt lastBlock,
            Optional<Quantization> quantization,
            List<TargetOverride> overrides,
            Optional<Refit> refit,
            ExpertTokens experts,
            List<Target> targets,
            Allocation allocation) {}

    /// @param weighted sources with their shares, at least one unless all are at fault
    record Calibration(
            List<Weighted> weighted,
            Sampling sampling,
            int samples,
            OptionalInt sequenceLength,
            long seed) {

        List<Source> sources() {
            return weighted.stream().map(Weighted::source).toList();
        }
    }

    /// @param pointer of the weight
    record Weighted(Source source, double weight, String pointer) {}

    record Evaluation(
            boolean dense,
            List<Perplexity> perplexity,
            List<ZeroShot> tasks,
            Optional<Double> maxPerplexityRatio,
            boolean perBlock) {}

    record Perplexity(String name, Source source, String protocol, OptionalInt sequenceLength) {}

    /// @param template as the request has it
    /// @param templateUri of a file that has it instead
    record ZeroShot(
            String name,
            Source source,
            Optional<TaskTemplate> template,
            Optional<String> templateUri) {

        String formatPointer() {
            return source.pointer() + "/format";
        }
    }
}
