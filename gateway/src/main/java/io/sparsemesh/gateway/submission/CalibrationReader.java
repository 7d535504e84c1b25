package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Sampling;
import io.sparsemesh.gateway.problem.Code;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Reads `calibration`.
final class CalibrationReader {

    /// More tokens would make lists of shard artifacts outgrow a message.
    static final long MAX_TOKENS = 1 << 22;

    private static final int DEFAULT_SAMPLES = 128;
    private static final int MAX_SOURCES = 16;
    private static final double MAX_WEIGHT = 1e9;
    private static final Map<String, Sampling> PACKINGS = named(s -> !s.isReference());
    private static final Map<String, Sampling> SAMPLERS = named(Sampling::isReference);

    private CalibrationReader() {}

    private static Map<String, Sampling> named(Predicate<Sampling> which) {
        Map<String, Sampling> named = new LinkedHashMap<>();
        Arrays.stream(Sampling.values()).filter(which).forEach(s -> named.put(s.text(), s));
        return named;
    }

    static Draft.Calibration read(Fields fields) {
        List<Draft.Weighted> sources = readSources(fields);
        int samples = fields.count("samples", 1, (int) MAX_TOKENS).orElse(DEFAULT_SAMPLES);
        OptionalInt length = SourceReader.length(fields);
        if ((long) samples * length.orElse(1) > MAX_TOKENS) {
            fields.refuse(
                    "samples",
                    "expected at most %d tokens in all samples, found %d x %d"
                            .formatted(MAX_TOKENS, samples, length.orElse(1)));
        }
        long seed = fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0L);
        Sampling sampling = readSampling(fields, sources);
        fields.finish();
        return new Draft.Calibration(sources, sampling, samples, length, seed);
    }

    private static List<Draft.Weighted> readSources(Fields fields) {
        if (!fields.has("sources")) {
            return List.of(new Draft.Weighted(SourceReader.read(fields), 1, fields.pointer()));
        }
        if (fields.has("uri")) {
            fields.refuseWhole(
                    Code.INVALID_VALUE, "expected exactly one of uri and sources, found both");
        }
        List<Draft.Weighted> sources = new ArrayList<>();
        for (Fields source : fields.objects("sources", MAX_SOURCES)) {
            sources.add(readWeighted(source));
        }
        if (fields.isEmptyList("sources")) {
            fields.refuse("sources", "expected at least one source, found none");
        }
        return sources;
    }

    private static Draft.Weighted readWeighted(Fields fields) {
        Draft.Source source = SourceReader.read(fields);
        double weight =
                fields.number(
                                "weight",
                                w -> w > 0 && w <= MAX_WEIGHT,
                                "0 < weight <= %.0f".formatted(MAX_WEIGHT))
                        .orElse(1.0);
        fields.finish();
        return new Draft.Weighted(source, weight, fields.pointer("weight"));
    }

    private static Sampling readSampling(Fields fields, List<Draft.Weighted> sources) {
        boolean packing = fields.has("packing");
        boolean sampler = fields.has("sampler");
        Sampling packed = fields.choice("packing", PACKINGS, Sampling.PACKED);
        Sampling sampling = fields.choice("sampler", SAMPLERS, packed);
        if (packing && sampler) {
            fields.refuse(
                    "sampler",
                    "the samplers pack as the reference does: expected one of packing and sampler,"
                            + " found both");
        } else if (sampler && fields.has("sources")) {
            fields.refuse(
                    "sampler", "the samplers choose from one file: expected uri, found sources");
        } else if (packing || sampler) {
            requireTexts(fields, sampler ? "sampler" : "packing", sampling, sources);
        }
        return sampling;
    }

    private static void requireTexts(
            Fields fields, String field, Sampling sampling, List<Draft.Weighted> sources) {
        Optional<Draft.Source> unfit =
                sources.stream()
                        .map(Draft.Weighted::source)
                        .filter(source -> !source.uri().isEmpty())
                        .filter(s -> s.isTokenIds() || sampling.isByDocument() && !s.isJsonLines())
                        .findFirst();
        unfit.ifPresent(
                source ->
                        fields.refuse(
                                field,
                                source.isTokenIds()
                                        ? "belongs to texts; token ids are used as they are"
                                        : "%s takes whole texts: expected a .jsonl file with one in each line, found '%s'"
                                                .formatted(sampling.text(), source.uri())));
    }
}
