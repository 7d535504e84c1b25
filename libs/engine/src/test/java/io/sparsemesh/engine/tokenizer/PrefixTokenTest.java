package io.sparsemesh.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixTokenTest {

    private static final String TEMPLATE =
            """
            {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<f>", "type_id": 0}},
                        {"Sequence": {"id": "A", "type_id": 0}}],
             "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                      {"Sequence": {"id": "B", "type_id": 1}}],
             "special_tokens": {"<f>": {"id": "<f>", "ids": [3], "tokens": ["<f>"]}}}""";

    @TempDir private Path folder;

    @BeforeEach
    void writeTokenizer() throws IOException {
        writeTokenizer("null");
    }

    private void writeTokenizer(String postProcessor) throws IOException {
        String special =
                "{\"id\": %d, \"content\": \"%s\", \"single_word\": false, \"lstrip\": false,"
                        + " \"rstrip\": false, \"normalized\": false, \"special\": true}";
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"version": "1.0", "normalizer": null, "decoder": null, "truncation": null,
                 "padding": null, "added_tokens": [%s, %s, %s], "post_processor": %s,
                 "pre_tokenizer": {"type": "Whitespace"},
                 "model": {"type": "WordLevel", "unk_token": "a",
                           "vocab": {"a": 0, "<b>": 1, "<e>": 2, "<f>": 3}}}"""
                        .formatted(
                                special.formatted(1, "<b>"),
                                special.formatted(2, "<e>"),
                                special.formatted(3, "<f>"),
                                postProcessor));
    }

    private int find(String config) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            return PrefixToken.find(folder, new JsonMapper().readTree(config), tokenizer);
        }
    }

    /// `|` stands apart: settings, what is found.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"bos_token\": \"<b>\", \"eos_token\": \"<e>\"} | 1",
                "{\"bos_token\": {\"content\": \"<b>\"}} | 1",
                "{\"bos_token\": null, \"eos_token\": \"<e>\"} | 2",
            })
    void settingsOfTheTokenizerComeFirst(String settings, int expected) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), settings);
        writeTokenizer(TEMPLATE);

        assertThat(find("{\"bos_token_id\": 9}")).isEqualTo(expected);
    }

    @Test
    void thenComesWhatTheTokenizerPutsBeforeTexts() throws IOException {
        writeTokenizer(TEMPLATE);

        assertThat(find("{\"bos_token_id\": 9}")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"bos_token_id\": 9, \"eos_token_id\": 8} | 9",
                "{\"bos_token_id\": null, \"eos_token_id\": [8, 7]} | 8",
            })
    void thenTheModelsConfiguration(String config, int expected) throws IOException {
        assertThat(find(config)).isEqualTo(expected);
    }

    @Test
    void modelWithoutSuchATokenSaysWhereItWasLookedFor() {
        assertThatThrownBy(() -> find("{}"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(
                        "expected a token that begins texts, bos_token in tokenizer_config.json or"
                                + " bos_token_id in config.json, found none");
    }
}
