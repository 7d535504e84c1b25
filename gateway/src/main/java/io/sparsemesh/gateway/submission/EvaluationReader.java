package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.TaskTemplate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads `evaluation`.
final class EvaluationReader {

    private static final int MAX_SUITES = 16;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Set<String> PROTOCOLS =
            Set.of(Evaluation.Perplexity.GPTQ, Evaluation.Perplexity.LM_EVAL);

    private final Set<String> names = new HashSet<>();

    private EvaluationReader() {}

    static Draft.Evaluation read(Optional<Fields> present) {
        return present.map(fields -> new EvaluationReader().read(fields))
                .orElseGet(
                        () ->
                                new Draft.Evaluation(
                                        false, List.of(), List.of(), Optional.empty(), false));
    }

    private Draft.Evaluation read(Fields fields) {
        List<Draft.Perplexity> perplexity = new ArrayList<>();
        for (Fields suite : fields.objects("perplexity", MAX_SUITES)) {
            perplexity.add(readPerplexity(suite));
        }
        List<Draft.ZeroShot> tasks = new ArrayList<>();
        for (Fields suite : fields.objects("tasks", MAX_SUITES)) {
            tasks.add(readZeroShot(suite));
        }
        boolean dense = fields.flag("dense", false);
        Optional<Double> ratio = readRatio(fields, dense && !perplexity.isEmpty());
        boolean perBlock = fields.flag("perBlock", false);
        if (perBlock && perplexity.isEmpty()) {
            fields.refuse(
                    "perBlock", "measures perplexity: expected at least one suite in perplexity");
        }
        fields.finish();
        return new Draft.Evaluation(dense, perplexity, tasks, ratio, perBlock);
    }

    private static Optional<Double> readRatio(Fields fields, boolean comparable) {
        Optional<Double> ratio =
                fields.number("maxPerplexityRatio", r -> r >= 1, "a ratio of 1 and more");
        if (ratio.isPresent() && !comparable) {
            fields.refuse(
                    "maxPerplexityRatio",
                    "compares the perplexities of the pruned and the dense model: expected dense"
                            + " true and at least one suite in perplexity");
        }
        return ratio;
    }

    private Draft.Perplexity readPerplexity(Fields suite) {
        String name = readName(suite);
        Draft.Source source = SourceReader.read(suite);
        String protocol = suite.text("protocol").orElse(Evaluation.Perplexity.GPTQ);
        if (!PROTOCOLS.contains(protocol)) {
            suite.refuse("protocol", "expected gptq or lm-eval, found '%s'".formatted(protocol));
        } else if (source.isTokenIds() && protocol.equals(Evaluation.Perplexity.LM_EVAL)) {
            suite.refuse(
                    "protocol",
                    "lm-eval counts the words and bytes of texts: expected gptq for token ids");
        }
        OptionalInt length = SourceReader.length(suite);
        suite.finish();
        return new Draft.Perplexity(name, source, protocol, length);
    }

    private Draft.ZeroShot readZeroShot(Fields suite) {
        String name = readName(suite);
        Draft.Source source = Draft.Source.of(suite.pointer(), SourceReader.uri(suite));
        if (source.isTokenIds()) {
            suite.refuse("uri", "expected JSON lines of questions, found token ids");
        }
        Optional<String> uri = Optional.empty();
        Optional<TaskTemplate> template = Optional.empty();
        if (suite.isText("format")) {
            uri = suite.text("format");
        } else if (suite.isObject("format")) {
            template = suite.object("format").flatMap(TemplateReader::read);
        } else if (suite.has("format")) {
            suite.wrongType("format", "the file: URI of a format, or an object");
        }
        suite.finish();
        return new Draft.ZeroShot(name, source, template, uri);
    }

    private String readName(Fields suite) {
        String name = suite.requiredText("name").orElse("");
        if (!name.isEmpty() && !NAME.matcher(name).matches()) {
            suite.refuse(
                    "name",
                    "expected 1 to 64 letters, digits, '.', '_' and '-', found '" + name + "'");
        } else if (!name.isEmpty() && !names.add(name)) {
            suite.refuse("name", "expected unique names, found '%s' twice".formatted(name));
        }
        return name;
    }
}
