package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.contracts.job.TargetOverride;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A request that is well-formed by itself: no path has been looked at yet, and defaults that
/// depend on the model are absent.
record Draft(
        Source model,
        String revision,
        Method method,
        Optional<Calibration> calibration,
        Evaluation evaluation,
        Optional<Source> output,
        OutputFormat format,
        FallbackPolicy onFallback,
        int priority,
        Map<String, String> labels) {

    /// @param pointer of the object that names the source
    /// @param uri empty if it is at fault
    /// @param tensor empty unless the source holds token ids
    record Source(String pointer, String uri, String tensor) {

        boolean isTokenIds() {
            return uri.endsWith(".safetensors");
        }

        boolean isText() {
            return !uri.isEmpty() && !isTokenIds();
        }

        String uriPointer() {
            return pointer + "/uri";
        }
    }

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
            List<TargetOverride> overrides) {}

    record Calibration(Source source, int samples, OptionalInt sequenceLength, long seed) {}

    record Evaluation(boolean dense, List<Perplexity> perplexity, List<ZeroShot> tasks) {}

    record Perplexity(String name, Source source, OptionalInt sequenceLength) {}

    record ZeroShot(String name, Source source) {}
}
