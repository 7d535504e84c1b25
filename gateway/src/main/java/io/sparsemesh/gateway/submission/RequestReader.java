package io.sparsemesh.gateway.submission;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.job.FallbackPolicy;
import io.sparsemesh.contracts.job.OutputFormat;
import io.sparsemesh.contracts.job.Quantization;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.source.TokenIds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Reads the JSON of `POST /v1/jobs` into a [Draft].
final class RequestReader {

    /// More tokens would make lists of shard artifacts outgrow a message.
    static final long MAX_CALIBRATION_TOKENS = 1 << 22;

    private static final int MAX_LENGTH = 1 << 17;
    private static final int MAX_SUITES = 16;
    private static final int MAX_LABELS = 32;
    private static final int DEFAULT_SAMPLES = 128;
    private static final Pattern SUITE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern LABEL_VALUE = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{0,256}");
    private static final String FILE_NAME = "letters, digits, '.', '_' and '-'";

    private final Errors errors;

    RequestReader(Errors errors) {
        this.errors = errors;
    }

    Draft read(JsonNode body) {
        Fields request = Fields.of(body, "", errors);
        Fields model = request.requiredObject("model");
        Draft.Source folder = new Draft.Source("/model", uri(model), "");
        String revision = model.text("revision").orElse("main");
        if (!LABEL_VALUE.matcher(revision).matches()) {
            model.refuse("revision", "expected at most 256 printable characters");
        }
        model.finish();
        Draft.Method method = new MethodReader(errors).read(request.requiredObject("method"));
        Optional<Draft.Calibration> calibration =
                request.object("calibration").map(this::readCalibration);
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
                        readEvaluation(request.object("evaluation")),
                        output.flatMap(this::readOutput),
                        output.map(o -> readFormat(o, method)).orElse(OutputFormat.DENSE),
                        readFallback(request),
                        request.count("priority", -1000, 1000).orElse(0),
                        readLabels(request.object("labels")));
        output.ifPresent(Fields::finish);
        request.finish();
        return draft;
    }

    private FallbackPolicy readFallback(Fields request) {
        return request.choice(
                "onFallback",
                Map.of("degrade", FallbackPolicy.DEGRADE, "fail", FallbackPolicy.FAIL),
                FallbackPolicy.DEGRADE);
    }

    private String uri(Fields fields) {
        Optional<String> uri = fields.requiredText("uri");
        if (uri.isPresent() && uri.get().isEmpty()) {
            fields.refuse("uri", Code.INVALID_URI, "expected a file: URI, found an empty string");
        }
        return uri.orElse("");
    }

    private Draft.Source readSource(Fields fields) {
        Draft.Source source = new Draft.Source(fields.pointer(), uri(fields), "");
        Optional<String> tensor = fields.text("tensor");
        if (tensor.isPresent() && !source.uri().isEmpty() && !source.isTokenIds()) {
            fields.refuse("tensor", "belongs to token ids in a .safetensors file, found text");
        }
        if (tensor.isPresent() && !LABEL_VALUE.matcher(tensor.get()).matches()) {
            fields.refuse("tensor", "expected at most 256 printable characters");
        }
        String name = source.isTokenIds() ? tensor.orElse(TokenIds.DEFAULT_TENSOR) : "";
        return new Draft.Source(source.pointer(), source.uri(), name);
    }

    private Draft.Calibration readCalibration(Fields fields) {
        Draft.Source source = readSource(fields);
        int samples =
                fields.count("samples", 1, (int) MAX_CALIBRATION_TOKENS).orElse(DEFAULT_SAMPLES);
        OptionalInt length = length(fields);
        if ((long) samples * length.orElse(1) > MAX_CALIBRATION_TOKENS) {
            fields.refuse(
                    "samples",
                    "expected at most %d tokens in all samples, found %d x %d"
                            .formatted(MAX_CALIBRATION_TOKENS, samples, length.orElse(1)));
        }
        long seed = fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0L);
        fields.finish();
        return new Draft.Calibration(source, samples, length, seed);
    }

    private OptionalInt length(Fields fields) {
        Optional<Integer> length = fields.count("sequenceLength", 2, MAX_LENGTH);
        return length.isPresent() ? OptionalInt.of(length.get()) : OptionalInt.empty();
    }

    private Draft.Evaluation readEvaluation(Optional<Fields> present) {
        if (present.isEmpty()) {
            return new Draft.Evaluation(false, List.of(), List.of());
        }
        Fields fields = present.get();
        Set<String> names = new HashSet<>();
        List<Draft.Perplexity> perplexity = new ArrayList<>();
        for (Fields suite : fields.objects("perplexity", MAX_SUITES)) {
            perplexity.add(readPerplexity(suite, names));
        }
        List<Draft.ZeroShot> tasks = new ArrayList<>();
        for (Fields suite : fields.objects("tasks", MAX_SUITES)) {
            tasks.add(readZeroShot(suite, names));
        }
        boolean dense = fields.flag("dense", false);
        fields.finish();
        return new Draft.Evaluation(dense, perplexity, tasks);
    }

    private Draft.Perplexity readPerplexity(Fields suite, Set<String> names) {
        String name = suiteName(suite, names);
        Draft.Source source = readSource(suite);
        Optional<String> protocol = suite.text("protocol");
        if (protocol.isPresent() && !protocol.get().equals("gptq")) {
            suite.refuse(
                    "protocol",
                    "expected gptq, found '%s'; other protocols are not available in this version"
                            .formatted(protocol.get()));
        }
        OptionalInt length = length(suite);
        suite.finish();
        return new Draft.Perplexity(name, source, length);
    }

    private Draft.ZeroShot readZeroShot(Fields suite, Set<String> names) {
        String name = suiteName(suite, names);
        Draft.Source source = new Draft.Source(suite.pointer(), uri(suite), "");
        if (source.isTokenIds()) {
            suite.refuse("uri", "expected JSON lines of questions, found token ids");
        }
        suite.finish();
        return new Draft.ZeroShot(name, source);
    }

    private String suiteName(Fields suite, Set<String> names) {
        String name = suite.requiredText("name").orElse("");
        if (!name.isEmpty() && !SUITE_NAME.matcher(name).matches()) {
            suite.refuse("name", "expected 1 to 64 " + FILE_NAME + ", found '" + name + "'");
        } else if (!name.isEmpty() && !names.add(name)) {
            suite.refuse("name", "expected unique names, found '%s' twice".formatted(name));
        }
        return name;
    }

    private Optional<Draft.Source> readOutput(Fields output) {
        return output.text("uri").map(uri -> new Draft.Source("/output", uri, ""));
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
