package io.sparsemesh.gateway.submission;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.job.Allocation;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Reads the JSON of `POST /v1/jobs` into a [Draft].
final class RequestReader {

    private static final int MAX_LABELS = 32;
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    static final Pattern LABEL_VALUE = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{0,256}");
    private static final String FILE_NAME = "letters, digits, '.', '_' and '-'";

    private final Errors errors;

    RequestReader(Errors errors) {
        this.errors = errors;
    }

    Draft read(JsonNode body) {
        Fields request = Fields.of(body, "", errors);
        Fields model = request.requiredObject("model");
        Draft.Source folder = Draft.Source.of("/model", SourceReader.uri(model));
        Optional<String> revision = model.text("revision");
        if (!LABEL_VALUE.matcher(revision.orElse("")).matches()) {
            model.refuse("revision", "expected at most 256 printable characters");
        }
        model.finish();
        Draft.Method method = new MethodReader(errors).read(request.requiredObject("method"));
        Optional<Draft.Calibration> calibration =
                request.object("calibration").map(CalibrationReader::read);
        if (calibration.isEmpty() && method.name().isCalibrated()) {
            request.missing(
                    "calibration",
                    "calibration data for " + method.name().name().toLowerCase(Locale.ROOT));
        }
        Optional<Fields> output = request.object("output");
        Draft draft =
                new Draft(
                        folder,
                        revision,
                        method,
                        calibration,
                        EvaluationReader.read(request.object("evaluation")),
                        output.flatMap(this::readOutput),
                        output.map(o -> readFormat(o, method)).orElse(OutputFormat.DENSE),
                        readFallback(request),
                        request.count("priority", -1000, 1000).orElse(0),
                        readLabels(request.object("labels")),
                        WebhookReader.read(request));
        output.ifPresent(Fields::finish);
        request.finish();
        checkPerBlock(draft);
        checkAllocation(draft);
        return draft;
    }

    /// Models of a few pruned blocks are put together from plain weights.
    private void checkPerBlock(Draft draft) {
        if (draft.evaluation().perBlock() && draft.format() != OutputFormat.DENSE) {
            errors.add(
                    "/evaluation/perBlock",
                    Code.INVALID_VALUE,
                    "available with output.format dense, found '%s'"
                            .formatted(draft.format().text()));
        }
    }

    private void checkAllocation(Draft draft) {
        boolean allocated = draft.method().allocation() != Allocation.UNIFORM;
        if (allocated && draft.evaluation().perplexity().isEmpty()) {
            errors.add(
                    "/method/allocation",
                    Code.INVALID_VALUE,
                    "an allocation is compared with uniform by measured perplexity; give"
                            + " evaluation.perplexity");
        }
    }

    private FallbackPolicy readFallback(Fields request) {
        return request.choice(
                "onFallback",
                Map.of("degrade", FallbackPolicy.DEGRADE, "fail", FallbackPolicy.FAIL),
                FallbackPolicy.DEGRADE);
    }

    private Optional<Draft.Source> readOutput(Fields output) {
        return output.text("uri").map(uri -> Draft.Source.of("/output", uri));
    }

    private OutputFormat readFormat(Fields output, Draft.Method method) {
        String text = output.text("format").orElse(OutputFormat.DENSE.text());
        Optional<OutputFormat> format = OutputFormat.named(text);
        if (format.isEmpty()) {
            output.refuse(
                    "format",
                    Code.UNSUPPORTED_FORMAT,
                    "expected one of %s, found '%s'".formatted(OutputFormat.names(), text));
        }
        boolean symmetric = method.quantization().filter(Quantization::symmetric).isPresent();
        if (format.equals(Optional.of(OutputFormat.PACK_QUANTIZED)) && !symmetric) {
            output.refuse(
                    "format",
                    Code.UNSUPPORTED_FORMAT,
                    "pack-quantized holds symmetric integers: expected method.quantization with"
                            + " symmetric true, found "
                            + (method.quantization().isPresent() ? "symmetric false" : "none")
                            + "; available: dense and sparse-bitmask with any method,"
                            + " pack-quantized with symmetric quantization");
        }
        return format.orElse(OutputFormat.DENSE);
    }

    private Map<String, String> readLabels(Optional<Fields> present) {
        Map<String, String> labels = new TreeMap<>();
        present.ifPresent(
                fields -> fields.eachText((key, value) -> label(fields, labels, key, value)));
        if (labels.size() > MAX_LABELS) {
            errors.add(
                    "/labels",
                    Code.INVALID_VALUE,
                    "expected at most %d labels, found %d".formatted(MAX_LABELS, labels.size()));
        }
        return labels;
    }

    private void label(Fields fields, Map<String, String> labels, String key, String value) {
        if (!LABEL_NAME.matcher(key).matches()) {
            fields.refuse(key, "expected a name of 1 to 63 " + FILE_NAME);
        } else if (!LABEL_VALUE.matcher(value).matches()) {
            fields.refuse(key, "expected at most 256 printable characters");
        }
        labels.put(key, value);
    }
}
