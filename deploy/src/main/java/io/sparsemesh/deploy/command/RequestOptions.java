package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/// The options of `submit` that make up a request. Checking values is the gateway's matter.
final class RequestOptions {
    private static final String DEFAULT_METHOD = "sparsegpt";

    @Option(names = "--model", paramLabel = "MODEL", description = "folder of the model")
    private String model;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            description = "sparsegpt, wanda or magnitude; default " + DEFAULT_METHOD)
    private String method;

    @Option(names = "--sparsity", paramLabel = "SHARE", description = "share of zeros, below 1")
    private Double sparsity;

    @Option(names = "--pattern", paramLabel = "N:M", description = "n of m kept, such as 2:4")
    private String pattern;

    @Option(
            names = "--targets",
            paramLabel = "TARGET,...",
            split = ",",
            description = "a sweep: shares and patterns, such as 0.5,0.6,2:4, each into a folder")
    private List<String> targets = List.of();

    @Option(
            names = "--allocation",
            paramLabel = "HOW",
            description = "spread the sparsity over the linears: uniform, owl or budget")
    private String allocation;

    @Option(names = "--block-size", paramLabel = "N", description = "columns between updates")
    private Integer blockSize;

    @Option(names = "--damping", paramLabel = "SHARE", description = "of the mean diagonal")
    private Double damping;

    @Option(names = "--exact-count", description = "prune exactly as many weights as asked")
    private Boolean exactCount;

    @Option(
            names = "--propagation",
            paramLabel = "HOW",
            description = "sequential, trueSequential or dense")
    private String propagation;

    @Option(
            names = "--refit",
            paramLabel = "MODE",
            description = "fit kept weights again: refit, or target for the dense model's output")
    private String refit;

    @Option(
            names = "--quality",
            paramLabel = "PRESET",
            description =
                    "reference (default), or best: refit target with a mask chosen anew, trueSequential")
    private String quality;

    @Option(names = "--include", paramLabel = "NAME", description = "linears to prune; repeatable")
    private List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "NAME", description = "linears to keep; repeatable")
    private List<String> exclude = List.of();

    @Option(names = "--first-block", paramLabel = "N", description = "first block to prune")
    private Integer firstBlock;

    @Option(names = "--last-block", paramLabel = "N", description = "last block to prune")
    private Integer lastBlock;

    @Option(
            names = "--override",
            paramLabel = "NAME=TARGET",
            description = "another share or n:m for some linears; repeatable, the first decides")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--min-tokens-per-expert",
            paramLabel = "N",
            description = "calibration tokens that an expert needs; default 128")
    private Long minTokensPerExpert;

    @Option(
            names = "--few-tokens",
            paramLabel = "HOW",
            description = "everyToken (default) or report, for experts with fewer")
    private String fewTokens;

    @Option(names = "--bits", paramLabel = "N", description = "round kept weights: 2, 3, 4 or 8")
    private Integer bits;

    @Option(
            names = "--group-size",
            paramLabel = "N",
            description = "weights that share a scale: 32, 64, 128, or 0 for rows; default 128")
    private Integer groupSize;

    @Option(names = "--asymmetric", description = "grids with a zero point")
    private Boolean asymmetric;

    @Option(
            names = "--calibration",
            paramLabel = "SOURCE",
            description = "text (.txt, .jsonl) or token ids (.safetensors)")
    private String calibration;

    @Option(
            names = "--calibration-tensor",
            paramLabel = "NAME",
            description = "tensor with the token ids; default input_ids")
    private String calibrationTensor;

    @Option(
            names = "--calibration-field",
            paramLabel = "NAME",
            description = "field of JSON lines with the text; default text")
    private String calibrationField;

    @Option(names = "--packing", paramLabel = "HOW", description = "packed or document")
    private String packing;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description = "samples as the paper draws them: wikitext2, ptb or c4")
    private String sampler;

    @Option(names = "--samples", paramLabel = "N", description = "calibration sequences")
    private Integer samples;

    @Option(names = "--sequence-length", paramLabel = "N", description = "tokens in each")
    private Integer sequenceLength;

    @Option(names = "--seed", paramLabel = "N", description = "chooses samples from a text")
    private Long seed;

    @Option(
            names = "--perplexity",
            paramLabel = "NAME=SOURCE",
            description = "measure perplexity on a text; repeatable")
    private Map<String, String> perplexity = new LinkedHashMap<>();

    @Option(
            names = "--task",
            paramLabel = "NAME=FILE",
            description = "measure a zero-shot task; repeatable")
    private Map<String, String> tasks = new LinkedHashMap<>();

    @Option(names = "--dense", description = "measure the dense model too")
    private Boolean dense;

    @Option(names = "--protocol", paramLabel = "NAME", description = "gptq or lm-eval")
    private String protocol;

    @Option(
            names = "--max-perplexity-ratio",
            paramLabel = "X",
            description = "stop when the pruned perplexity is more than X times the dense one")
    private Double maxPerplexityRatio;

    @Option(names = "--output", paramLabel = "DIR", description = "folder to be made")
    private String output;

    @Option(
            names = "--output-format",
            paramLabel = "FORMAT",
            description = "dense (default), pack-quantized or sparse-bitmask")
    private String outputFormat;

    @Option(
            names = "--on-fallback",
            paramLabel = "HOW",
            description = "degrade or fail, when a layer needs other than asked")
    private String onFallback;

    @Option(names = "--priority", paramLabel = "N", description = "higher goes first")
    private Integer priority;

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "repeatable")
    private Map<String, String> labels = new LinkedHashMap<>();

    /// Puts what was given on the command line into the request.
    void applyTo(ObjectNode request) {
        uri(request, "model", model);
        method(request);
        calibration(request);
        evaluation(request);
        uri(request, "output", output);
        if (outputFormat != null) {
            request.withObjectProperty("output").put("format", outputFormat);
        }
        put(request, "onFallback", onFallback);
        put(request, "priority", priority);
        if (!labels.isEmpty()) {
            ObjectNode all = request.withObjectProperty("labels");
            labels.forEach(all::put);
        }
    }

    private void method(ObjectNode request) {
        ObjectNode fields = request.objectNode();
        put(fields, "name", method);
        put(fields, "sparsity", sparsity);
        put(fields, "pattern", pattern);
        put(fields, "allocation", allocation);
        put(fields, "blockSize", blockSize);
        put(fields, "damping", damping);
        put(fields, "exactCount", exactCount);
        put(fields, "propagation", propagation);
        put(fields, "include", include);
        put(fields, "exclude", exclude);
        put(fields, "firstBlock", firstBlock);
        put(fields, "lastBlock", lastBlock);
        put(fields, "quality", quality);
        refit(fields);
        put(fields, "minTokensPerExpert", minTokensPerExpert);
        put(fields, "fewTokens", fewTokens);
        targets(fields);
        quantization(fields);
        overrides(fields);
        if (!fields.isEmpty() && !fields.has("name") && !request.path("method").has("name")) {
            fields.put("name", DEFAULT_METHOD);
        }
        merge(request, "method", fields);
    }

    private void refit(ObjectNode method) {
        ObjectNode fields = method.objectNode();
        put(fields, "mode", refit);
        merge(method, "refit", fields);
    }

    private void quantization(ObjectNode method) {
        ObjectNode fields = method.objectNode();
        put(fields, "bits", bits);
        put(fields, "groupSize", groupSize);
        put(fields, "symmetric", asymmetric == null ? null : !asymmetric);
        merge(method, "quantization", fields);
    }

    private void targets(ObjectNode method) {
        if (!targets.isEmpty()) {
            ArrayNode all = method.putArray("targets");
            targets.forEach(target -> target(all.addObject(), target));
        }
    }

    private void overrides(ObjectNode method) {
        ObjectNode fields = method.objectNode();
        overrides.forEach((names, target) -> target(fields.putObject(names), target));
        merge(method, "overrides", fields);
    }

    /// A share, or else a pattern, which the gateway judges.
    private static void target(ObjectNode fields, String text) {
        try {
            fields.put("sparsity", Double.parseDouble(text));
        } catch (NumberFormatException e) {
            fields.put("pattern", text);
        }
    }

    private void calibration(ObjectNode request) {
        uri(request, "calibration", calibration);
        ObjectNode fields = request.objectNode();
        put(fields, "tensor", calibrationTensor);
        put(fields, "field", calibrationField);
        put(fields, "packing", packing);
        put(fields, "sampler", sampler);
        put(fields, "samples", samples);
        put(fields, "sequenceLength", sequenceLength);
        put(fields, "seed", seed);
        merge(request, "calibration", fields);
    }

    private void evaluation(ObjectNode request) {
        ObjectNode fields = request.objectNode();
        put(fields, "dense", dense);
        put(fields, "maxPerplexityRatio", maxPerplexityRatio);
        for (JsonNode suite : suites(fields, "perplexity", perplexity)) {
            put((ObjectNode) suite, "protocol", protocol);
            put((ObjectNode) suite, "sequenceLength", sequenceLength);
        }
        suites(fields, "tasks", tasks);
        merge(request, "evaluation", fields);
    }

    private static ArrayNode suites(ObjectNode fields, String name, Map<String, String> given) {
        ArrayNode suites = fields.arrayNode();
        given.forEach(
                (suite, source) ->
                        suites.addObject().put("name", suite).put("uri", Uris.of(source)));
        if (!suites.isEmpty()) {
            fields.set(name, suites);
        }
        return suites;
    }

    private static void uri(ObjectNode request, String field, String text) {
        if (text != null) {
            request.withObjectProperty(field).put("uri", Uris.of(text));
        }
    }

    private static void put(ObjectNode object, String field, Object value) {
        boolean absent = value == null || value instanceof List<?> list && list.isEmpty();
        if (!absent) {
            object.set(field, Gateway.JSON.valueToTree(value));
        }
    }

    private static void merge(ObjectNode request, String field, ObjectNode fields) {
        if (!fields.isEmpty()) {
            request.withObjectProperty(field).setAll(fields);
        }
    }
}
