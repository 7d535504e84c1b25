package io.sparsemesh.gateway.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.gateway.openapi.DocumentSchema;
import io.sparsemesh.gateway.openapi.SchemaEdges;
import io.sparsemesh.gateway.openapi.StoredDocument;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.FieldError;
import io.sparsemesh.gateway.problem.ProblemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The schemas of bodies are written by hand: what they say is what the readers do.
class SubmissionSchemaTest {

    private static final DocumentSchema SCHEMA = DocumentSchema.named("JobSubmission");
    private static final DocumentSchema RETRY = DocumentSchema.named("RetrySubmission");
    private static final DocumentSchema KEY = DocumentSchema.named("KeySubmission");

    /// So many choices among alternatives meet all of them, together and apart.
    private static final int FULL_BODIES = 60;

    /// Has what single values need beside them: a target to mix, a model to compare with.
    private static ObjectNode good() throws IOException {
        String body =
                """
                {"model": {"uri": "file:///m"},
                 "method": {"name": "sparsegpt", "sparsity": 0.5, "quantization": {"bits": 4},
                            "refit": {"mode": "target"}},
                 "calibration": {"uri": "file:///c.jsonl", "samples": 8},
                 "evaluation": {"dense": true,
                                "perplexity": [{"name": "p", "uri": "file:///p.jsonl"}]}}
                """;
        return (ObjectNode) StoredDocument.JSON.readTree(body);
    }

    private static List<FieldError> faults(JsonNode body) {
        Errors errors = new Errors();
        new RequestReader(errors).read(body);
        return errors.found();
    }

    private static List<String> unknown(JsonNode body) {
        return faults(body).stream()
                .filter(fault -> fault.code().equals(Code.UNKNOWN_FIELD))
                .map(FieldError::pointer)
                .toList();
    }

    private static boolean isBlamed(List<FieldError> faults, String pointer) {
        return faults.stream()
                .map(FieldError::pointer)
                .anyMatch(at -> at.equals(pointer) || at.startsWith(pointer + "/"));
    }

    @Test
    void everyFieldOfTheSchemaIsRead() throws IOException {
        assertThat(faults(good())).isEmpty();
        for (int seed = 0; seed < FULL_BODIES; seed++) {
            ObjectNode full = (ObjectNode) SCHEMA.full(new Random(seed));

            assertThat(unknown(full)).as("%s", full).isEmpty();
        }
    }

    static Stream<SchemaEdges.Edge> forbidden() {
        return SchemaEdges.forbidden(SCHEMA).stream();
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void valueThatTheSchemaForbidsIsRefused(SchemaEdges.Edge edge) throws IOException {
        List<FieldError> faults = faults(edge.in(good()));

        assertThat(isBlamed(faults, edge.blamed())).as("%s", faults).isTrue();
    }

    /// `tensor` belongs to token ids, which `packing` and others do not go with.
    static Stream<SchemaEdges.Edge> allowed() {
        return SchemaEdges.allowed(SCHEMA).stream()
                .filter(edge -> !edge.pointer().endsWith("/tensor"));
    }

    @ParameterizedTest
    @MethodSource("allowed")
    void valueThatTheSchemaAllowsIsTaken(SchemaEdges.Edge edge) throws IOException {
        List<FieldError> faults = faults(edge.in(good()));

        assertThat(isBlamed(faults, edge.pointer())).as("%s", faults).isFalse();
    }

    @Test
    void retryIsReadAsItsSchemaSays() {
        ObjectNode none = JsonNodeFactory.instance.objectNode();
        for (SchemaEdges.Edge edge : SchemaEdges.forbidden(RETRY)) {
            assertThatThrownBy(() -> RetryReader.damping(edge.in(none.deepCopy())))
                    .as("%s", edge)
                    .isInstanceOf(ProblemException.class);
        }
        for (SchemaEdges.Edge edge : SchemaEdges.allowed(RETRY)) {
            assertThat(RetryReader.damping(edge.in(none.deepCopy())))
                    .contains(edge.value().doubleValue());
        }
    }

    @Test
    void keyIsReadAsItsSchemaSays() throws IOException {
        ObjectNode good =
                (ObjectNode)
                        StoredDocument.JSON.readTree("{\"name\": \"n\", \"scopes\": [\"read\"]}");
        for (SchemaEdges.Edge edge : SchemaEdges.forbidden(KEY)) {
            assertThatThrownBy(() -> KeyReader.read(edge.in(good.deepCopy())))
                    .as("%s", edge)
                    .isInstanceOf(ProblemException.class);
        }
        for (SchemaEdges.Edge edge : SchemaEdges.allowed(KEY)) {
            assertThatCode(() -> KeyReader.read(edge.in(good.deepCopy())))
                    .as("%s", edge)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void answeredRequestHasNoFieldThatTheSchemaLacks() {
        List<String> lacking = new ArrayList<>();

        compare("", DocumentSchema.named("RequestDocument"), SCHEMA, lacking);

        assertThat(lacking).isEmpty();
    }

    private static void compare(
            String at, DocumentSchema answered, DocumentSchema taken, List<String> lacking) {
        answered.properties()
                .forEach(
                        (name, property) -> {
                            DocumentSchema same = taken.properties().get(name);
                            if (same == null) {
                                lacking.add(at + "/" + name);
                            } else {
                                compare(at + "/" + name, property, same, lacking);
                            }
                        });
        answered.items()
                .ifPresent(i -> compare(at + "/-", i, taken.items().orElseThrow(), lacking));
        answered.values()
                .ifPresent(v -> compare(at + "/*", v, taken.values().orElseThrow(), lacking));
    }
}
