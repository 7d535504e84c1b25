package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.sparsemesh.contracts.job.JobRequest;
import io.sparsemesh.contracts.job.Sampling;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.message.JobSubmitted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What requests may say of calibration and evaluation data.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class DataRequestTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEMPLATE =
            """
            {'kind': 'choice', 'context': '{{q}}', 'choices': ['{{a}}', 'b'],
             'gold': {'field': 'g'}, 'metrics': ['acc']}""";

    private static Path model() throws IOException {
        Path folder = Api.root().resolve("with-tokenizer");
        if (!Files.exists(folder)) {
            TinyLlama.write(folder);
            Files.writeString(folder.resolve("tokenizer.json"), "{}");
        }
        return folder;
    }

    private static String file(String name, String content) throws IOException {
        return "file://" + Files.writeString(Api.root().resolve(name), content.replace('\'', '"'));
    }

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text.replace('\'', '"'));
    }

    /// The good request of a model with a tokenizer, with one part in another form.
    private static String with(String part, String value) throws IOException {
        ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
        ((ObjectNode) request.get("model")).put("uri", "file://" + model());
        request.set(part, json(value));
        return request.toString();
    }

    private static ValidatableResponse refused(String body, String pointer) {
        return Api.post(body)
                .statusCode(422)
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is(pointer));
    }

    private static JobRequest accepted(String body) {
        return Mesh.request(Api.submit(body), JobSubmitted.class).request();
    }

    private static String calibration(String fields) {
        return "{'samples': 8, 'sequenceLength': 16, %s}".formatted(fields);
    }

    @Test
    void weightedSourcesAreTaken() throws IOException {
        String lines = file("mix.jsonl", "{'body': 'Once'}\n");
        String sources =
                "'sources': [{'uri': '%s', 'field': 'body', 'weight': 3}, {'uri': 'file://%s'}], 'seed': 5"
                        .formatted(lines, Api.ids());

        JobRequest request = accepted(with("calibration", calibration(sources)));

        assertThat(request.calibration().sources()).hasSize(2);
        assertThat(request.calibration().shares()).containsExactly(6, 2);
        assertThat(request.calibration().sources().getFirst().text().field()).isEqualTo("body");
        assertThat(request.calibration().sources().getLast().text().tensor())
                .isEqualTo("input_ids");
        assertThat(request.calibration().seed()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({
        "packing, packed, PACKED",
        "packing, document, DOCUMENT",
        "sampler, wikitext2, WIKITEXT2",
        "sampler, ptb, PTB",
        "sampler, c4, C4"
    })
    void samplingIsTakenAndToldBack(String field, String value, Sampling expected)
            throws IOException {
        String uri = file("texts.jsonl", "{'text': 'Once'}\n");
        String body =
                with(
                        "calibration",
                        calibration("'uri': '%s', '%s': '%s'".formatted(uri, field, value)));

        assertThat(accepted(body).calibration().sampling()).isEqualTo(expected);
        Api.json(body)
                .post("/v1/jobs?validateOnly=true")
                .then()
                .body("request.calibration." + field, is(value))
                .body("request.calibration.sources", nullValue());
    }

    /// `{ids}`, `{txt}` and `{jsonl}` stand for URIs; `|` stands apart.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'uri': '{txt}', 'sources': [{'uri': '{txt}'}]|/calibration|expected exactly one of uri and sources, found both",
                "'sources': []|/calibration/sources|expected at least one source, found none",
                "'sources': [{'uri': '{txt}', 'weight': 0}]|/calibration/sources/0/weight|expected 0 < weight <= 1000000000, found 0",
                "'sources': [{'uri': '{txt}', 'weigth': 1}]|/calibration/sources/0/weigth|nearest known is 'weight'",
                "'sources': [{'uri': '{txt}'}, {'uri': '{txt}', 'weight': 0.01}]|/calibration/sources/1/weight|expected a weight that gives at least one of 8 samples, found 0.01",
                "'uri': '{txt}', 'field': 'body'|/calibration/field|belongs to the lines of a .jsonl file",
                "'uri': '{txt}', 'tensor': 'x'|/calibration/tensor|belongs to token ids",
                "'uri': '{jsonl}', 'field': 'body'|/calibration/uri|line 1: expected a field 'body' with a string",
                "'uri': '{txt}', 'packing': 'loose'|/calibration/packing|expected one of [packed, document], found 'loose'",
                "'uri': '{txt}', 'sampler': 'pile'|/calibration/sampler|expected one of [wikitext2, ptb, c4], found 'pile'",
                "'uri': '{txt}', 'packing': 'document'|/calibration/packing|document takes whole texts: expected a .jsonl file with one in each line",
                "'uri': '{txt}', 'sampler': 'c4'|/calibration/sampler|c4 takes whole texts",
                "'uri': '{ids}', 'sampler': 'wikitext2'|/calibration/sampler|token ids are used as they are",
                "'uri': '{ids}', 'packing': 'document'|/calibration/packing|token ids are used as they are",
                "'uri': '{jsonl}', 'packing': 'packed', 'sampler': 'c4'|/calibration/sampler|expected one of packing and sampler, found both",
                "'sources': [{'uri': '{txt}'}], 'sampler': 'ptb'|/calibration/sampler|the samplers choose from one file",
                "'uri': '{chat}'|/calibration/uri|found a chat; chat templates are not applied here: write what the tokenizer's apply_chat_template makes",
            })
    void wrongCalibrationIsNamed(String fields, String pointer, String detail) throws IOException {
        String filled =
                fields.replace("{txt}", file("c.txt", "Once upon a time"))
                        .replace("{jsonl}", file("c.jsonl", "{'text': 'Once'}\n"))
                        .replace("{chat}", file("h.jsonl", "{'messages': [{'role': 'user'}]}\n"))
                        .replace("{ids}", "file://" + Api.ids());

        refused(with("calibration", calibration(filled)), pointer)
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void sharesOfTokenIdsAreAskedOfTheirFiles() throws IOException {
        String ids = "'uri': 'file://%s'".formatted(Api.ids());
        String fits = "'sources': [{%1$s}, {%1$s}]".formatted(ids);

        Api.post(with("calibration", calibration(fits).replace("8,", "16,"))).statusCode(202);
        Api.post(with("calibration", calibration(fits).replace("8,", "18,")))
                .statusCode(422)
                .body(
                        "errors.pointer",
                        contains("/calibration/sources/0/uri", "/calibration/sources/1/uri"))
                .body("errors[0].detail", containsString("expected at least 9 sequences"));
    }

    private static String suites(String tasks) {
        return "{'dense': true, 'tasks': [%s]}".formatted(tasks);
    }

    private static String task(String uri, String format) {
        return "{'name': 'own', 'uri': '%s', 'format': %s}".formatted(uri, format);
    }

    @Test
    void formatIsTakenFromTheRequestOrFromItsFile() throws IOException {
        String items = file("q.jsonl", "{'q': 'Q', 'a': 'A', 'g': 0}\n");
        String format = file("format.json", TEMPLATE);

        JobRequest inline = accepted(with("evaluation", suites(task(items, TEMPLATE))));
        JobRequest named = accepted(with("evaluation", suites(task(items, "'" + format + "'"))));

        TaskTemplate template = inline.evaluation().tasks().getFirst().format();
        assertThat(template).isInstanceOf(TaskTemplate.Choice.class);
        assertThat(named.evaluation().tasks().getFirst().format()).isEqualTo(template);
    }

    /// `|` stands apart: what is wrong, where in the format, what is said.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'kind': 'essay'}|/kind|expected choice, contexts or lastWord, found 'essay'",
                "{'context': 'q'}|/kind|expected a string, found none",
                "{'kind': 'lastWord', 'text': '{{q'}|/text|expected {{field}} around each field, such as {{choices.text.0}}, found '{{q'",
                "{'kind': 'lastWord', 'txt': 'q'}|/text|expected a string, found none",
                "{'kind': 'lastWord', 'text': 'q', 'metrics': []}|/metrics|unknown field 'metrics'",
                "{'kind': 'choice', 'context': 'q', 'gold': {'field': 'g'}}|/choices|expected exactly one of choices and choicesFrom, found neither",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b'], 'choicesFrom': 'c', 'gold': {'field': 'g'}}|/choices|found both",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a'], 'gold': {'field': 'g'}}|/choices|expected at least two texts, found 1",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', '}}'], 'gold': {'field': 'g'}}|/choices/1|found '}}'",
                "{'kind': 'choice', 'context': 'q', 'choicesFrom': 'a..b', 'gold': {'field': 'g'}}|/choicesFrom|expected a field of the lines, such as choices.text, found 'a..b'",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b']}|/gold|expected an object with the field that says which choice is right, found none",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b'], 'gold': {}}|/gold/field|expected a string, found none",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b'], 'gold': {'field': 'g', 'first': -1}}|/gold/first|expected a whole number from 0",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b'], 'gold': {'field': 'g', 'labels': ['x']}}|/gold/labels|expected 2 labels, one for each choice, found 1",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b'], 'gold': {'field': 'g', 'first': 1, 'labelsFrom': 'l'}}|/gold|expected at most one of first, labels and labelsFrom, found several",
                "{'kind': 'choice', 'context': 'q', 'choices': ['a', 'b'], 'gold': {'field': 'g'}, 'metrics': ['f1']}|/metrics|expected acc, or acc and acc_norm, found [f1]",
                "{'kind': 'contexts', 'contexts': ['a', 'b'], 'gold': {'field': 'g'}}|/continuation|expected a string, found none",
            })
    void wrongFormatIsNamedInTheRequestAndInItsFile(String format, String place, String detail)
            throws IOException {
        String items = file("q.jsonl", "{'q': 'Q', 'a': 'A', 'g': 0}\n");
        String pointer = "/evaluation/tasks/0/format";

        Api.post(with("evaluation", suites(task(items, format))))
                .statusCode(422)
                .body("errors[0].pointer", is(pointer + place))
                .body("errors[0].detail", containsString(detail));
        String named = "'" + file("wrong.json", format) + "'";
        Api.post(with("evaluation", suites(task(items, named))))
                .statusCode(422)
                .body("errors[0].pointer", is(pointer))
                .body("errors[0].code", is("invalid-source"))
                .body("errors[0].detail", containsString("[wrong.json] " + place + ": "))
                .body("errors[0].detail", containsString(detail));
    }

    @Test
    void formatAndItsLinesHaveToFit() throws IOException {
        String items = file("less.jsonl", "{'q': 'Q', 'g': 0}\n");
        String broken = "'" + file("broken.json", "{'kind'") + "'";

        refused(with("evaluation", suites(task(items, TEMPLATE))), "/evaluation/tasks/0/uri")
                .body(
                        "errors[0].detail",
                        containsString("the format expects a field 'a', found none"));
        refused(with("evaluation", suites(task(items, broken))), "/evaluation/tasks/0/format")
                .body("errors[0].detail", containsString("[broken.json] malformed JSON"));
        refused(with("evaluation", suites(task(items, "7"))), "/evaluation/tasks/0/format")
                .body(
                        "errors[0].detail",
                        is("expected the file: URI of a format, or an object, found the number 7"));
        refused(
                        with("evaluation", suites(task(items, "'file:///etc/passwd'"))),
                        "/evaluation/tasks/0/format")
                .body("errors[0].code", is("path-outside-roots"));
    }

    /// `|` stands apart: task, a good first line, the field that is missing without it.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "openbookqa|{'question_stem': 'q', 'choices': {'text': ['a']}, 'answerKey': 'A'}|question_stem",
                "hellaswag|{'activity_label': 'a', 'ctx_a': 'a', 'ctx_b': '', 'endings': ['a', 'b'], 'label': '1'}|label",
                "winogrande|{'sentence': '_ a', 'option1': 'a', 'option2': 'b', 'answer': '1'}|answer",
                "boolq|{'passage': 'p', 'question': 'q', 'answer': true}|passage",
                "storycloze|{'input_sentence_1': 'a', 'input_sentence_2': 'a', 'input_sentence_3': 'a', 'input_sentence_4': 'a', 'sentence_quiz1': 'a', 'sentence_quiz2': 'b', 'answer_right_ending': 2}|answer_right_ending",
            })
    void knownTasksAreAskedForTheirFields(String name, String line, String field)
            throws IOException {
        String task = "{'name': '%s', 'uri': '%s'}";
        String good = file(name + ".jsonl", line + "\n");
        String less =
                file("less-" + name + ".jsonl", ((ObjectNode) json(line)).without(field) + "\n");

        Api.post(with("evaluation", suites(task.formatted(name, good)))).statusCode(202);
        refused(with("evaluation", suites(task.formatted(name, less))), "/evaluation/tasks/0/uri")
                .body(
                        "errors[0].detail",
                        containsString(
                                "line 1: task %s expects a field '%s', found none"
                                        .formatted(name, field)));
    }

    private static String perplexity(String suite, String more) {
        return "{'dense': true, 'perplexity': [%s]%s}".formatted(suite, more);
    }

    @Test
    void bothProtocolsAreTaken() throws IOException {
        String text = file("p.txt", "Once upon a time");
        String suite = "{'name': 's', 'uri': '%s', 'protocol': '%s'}";

        JobRequest rolling =
                accepted(
                        with(
                                "evaluation",
                                perplexity(
                                        suite.formatted(text, "lm-eval"),
                                        ", 'maxPerplexityRatio': 1.5")));

        assertThat(rolling.evaluation().maxPerplexityRatio()).isEqualTo(1.5);
        assertThat(rolling.evaluation().perplexity().getFirst().protocol()).isEqualTo("lm-eval");
        // All of the model's positions, though the calibration has 16.
        assertThat(rolling.evaluation().perplexity().getFirst().sequenceLength()).isEqualTo(64);
        refused(
                        with("evaluation", perplexity(suite.formatted(text, "raw"), "")),
                        "/evaluation/perplexity/0/protocol")
                .body("errors[0].detail", is("expected gptq or lm-eval, found 'raw'"));
        refused(
                        with(
                                "evaluation",
                                perplexity(
                                        suite.formatted("file://" + Api.ids(), "lm-eval")
                                                .replace("}", ", 'sequenceLength': 16}"),
                                        "")),
                        "/evaluation/perplexity/0/protocol")
                .body("errors[0].detail", containsString("expected gptq for token ids"));
    }

    @Test
    void limitOfPerplexityNeedsSomethingToCompare() throws IOException {
        String suite =
                "{'name': 's', 'uri': 'file://%s', 'sequenceLength': 16}".formatted(Api.ids());
        String limit = "/evaluation/maxPerplexityRatio";

        refused(with("evaluation", perplexity("", ", 'maxPerplexityRatio': 2")), limit)
                .body(
                        "errors[0].detail",
                        containsString("expected dense true and at least one suite"));
        refused(
                        with(
                                "evaluation",
                                "{'perplexity': [%s], 'maxPerplexityRatio': 2}".formatted(suite)),
                        limit)
                .body("errors[0].detail", containsString("expected dense true"));
        refused(with("evaluation", perplexity(suite, ", 'maxPerplexityRatio': 0.5")), limit)
                .body("errors[0].detail", is("expected a ratio of 1 and more, found 0.5"));
        Api.post(with("evaluation", perplexity(suite, ", 'maxPerplexityRatio': 2")))
                .statusCode(202)
                .body("request.evaluation.maxPerplexityRatio", is(2.0f));
    }

    @Test
    void everyBlockIsMeasuredOnRequest() throws IOException {
        String suite =
                "{'name': 's', 'uri': 'file://%s', 'sequenceLength': 16}".formatted(Api.ids());
        String id = Api.submit(with("evaluation", perplexity(suite, ", 'perBlock': true")));

        given().get("/v1/jobs/" + id + "/evaluations")
                .then()
                .body("variant", contains("dense", "pruned", "pruned-b000", "pruned-b001"));
        refused(with("evaluation", "{'perBlock': true}"), "/evaluation/perBlock")
                .body(
                        "errors[0].detail",
                        containsString("expected at least one suite in perplexity"));
    }

    @Test
    void blocksOfACompressedFolderAreNotMeasuredOneByOne() throws IOException {
        String suite =
                "{'name': 's', 'uri': 'file://%s', 'sequenceLength': 16}".formatted(Api.ids());
        String body = with("evaluation", perplexity(suite, ", 'perBlock': true"));
        ObjectNode request = (ObjectNode) JSON.readTree(body);
        ((ObjectNode) request.get("output")).put("format", "sparse-bitmask");

        refused(request.toString(), "/evaluation/perBlock")
                .body("errors[0].detail", containsString("found 'sparse-bitmask'"));
    }

    @Test
    void faultsOfAFormatAreToldTogether() throws IOException {
        String items = file("q.jsonl", "{'q': 'Q', 'a': 'A', 'g': 0}\n");
        String format = "{'kind': 'choice', 'context': '}}', 'choices': ['a'], 'gold': {}}";

        Api.post(with("evaluation", suites(task(items, format))))
                .statusCode(422)
                .body(
                        "errors.pointer",
                        containsInAnyOrder(
                                "/evaluation/tasks/0/format/context",
                                "/evaluation/tasks/0/format/choices",
                                "/evaluation/tasks/0/format/gold/field"))
                .body("errors.code", contains("invalid-value", "invalid-value", "missing-field"));
    }
}
