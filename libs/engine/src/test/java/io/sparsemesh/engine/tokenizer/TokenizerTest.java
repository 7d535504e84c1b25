package io.sparsemesh.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {

    private static final Path SHARED =
            Path.of(System.getProperty("sparsemesh.shared", "../shared"));

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "opt, tokenizers/opt",
        "neox, tokenizers/neox",
        "stories260K, models/stories260K",
        "babyllama-105, models/babyllama-105"
    })
    void idsAreThoseOfTheReference(String name, String path) throws Exception {
        Path golden = SHARED.resolve("tokenizers/golden-" + name + ".json");
        assumeTrue(Files.isRegularFile(golden), () -> "no " + golden);
        JsonNode expected = new JsonMapper().readTree(golden.toFile());
        try (Tokenizer tokenizer = Tokenizer.open(SHARED.resolve(path))) {
            for (JsonNode one : expected.get("cases")) {
                assertThat(tokenizer.encode(one.get("text").asText(), true))
                        .as(one.get("text").asText())
                        .isEqualTo(ids(one.get("ids")));
            }
            assertWholeFile(tokenizer, expected.get("whole"));
        }
    }

    private static void assertWholeFile(Tokenizer tokenizer, JsonNode whole) throws Exception {
        String text = Files.readString(SHARED.resolve(whole.get("file").asText()));
        int characters = whole.get("characters").asInt();
        String part = text.substring(0, text.offsetByCodePoints(0, characters));

        int[] found = tokenizer.encode(part, true);

        assertThat(found).hasSize(whole.get("count").asInt());
        assertThat(digest(found)).isEqualTo(whole.get("sha256_i64le").asText());
    }

    private static int[] ids(JsonNode ids) {
        return IntStream.range(0, ids.size()).map(i -> ids.get(i).asInt()).toArray();
    }

    private static String digest(int[] ids) throws Exception {
        ByteBuffer bytes =
                ByteBuffer.allocate(ids.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(ids).forEach(bytes::putLong);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }

    @Test
    void specialsAreLeftOutOnRequest() throws IOException {
        writeSmallOpt();
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode("aba", true)).containsExactly(2, 5, 3);
            assertThat(tokenizer.encode("aba", false)).containsExactly(5, 3);
            assertThat(tokenizer.encode("a</s>", false)).containsExactly(3, 2);
        }
    }

    @Test
    void settingsBesideTheVocabularyDecideAboutTheFirstToken() throws IOException {
        writeSmallOpt();
        write(
                "tokenizer_config.json",
                """
                {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": false,
                 "bos_token": {"content": "</s>"}}""");
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode("aba", true)).containsExactly(5, 3);
        }
    }

    @Test
    void truncationOfTheFileIsIgnored() throws IOException {
        write(
                "tokenizer.json",
                """
                {"version": "1.0",
                 "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst",
                                "stride": 0},
                 "padding": {"strategy": {"Fixed": 9}, "direction": "Right",
                             "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0,
                             "pad_token": "a"},
                 "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": null,
                 "pre_tokenizer": {"type": "Whitespace"},
                 "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}}""");
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode("a b b a", true)).containsExactly(0, 1, 1, 0);
        }
    }

    @Test
    void folderWithoutTokenizerSaysWhatWasExpected() {
        assertThat(Tokenizer.isIn(folder)).isFalse();
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(folder.getFileName().toString())
                .hasMessageContaining("tokenizer.json or vocab.json with merges.txt, found none");
    }

    @Test
    void brokenTokenizerFileIsNamed() throws IOException {
        write("tokenizer.json", "{\"version\": \"1.0\"}");
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[tokenizer.json] not a tokenizer: ");
    }

    /// The library under it would end the process.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{x | not JSON: Unexpected character ('x'",
                "[] | expected a JSON object",
                "{\"normalizer\": [[\"\"]]} | expected normalizer with a type",
                "{\"normalizer\": {\"type\": \"Prepend\", \"prepend\": \"\"}} | that prepends something",
                "{\"decoder\": {\"type\": \"\\ud800\"}} | found half a surrogate pair",
                "{\"post_processor\": {\"type\": \"Sequence\", \"processors\": [{}]}} | with a type",
                "{\"post_processor\": {\"type\": \"x\", \"single\": [{\"SpecialToken\": {\"id\": \"s\"}}]}}"
                        + " | expected pieces of a template of [A] and its special_tokens",
                "{\"post_processor\": {\"type\": \"x\", \"single\": [{\"Sequence\": {\"id\": \"B\"}}]}}"
                        + " | expected pieces of a template of [A] and its special_tokens",
            })
    void whatWouldEndTheProcessIsRefused(String json, String message) throws IOException {
        write("tokenizer.json", json);

        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[tokenizer.json] not a tokenizer: ")
                .hasMessageContaining(message);
    }

    @Test
    void otherKindsOfVocabularyAreRefusedByName() throws IOException {
        writeSmallOpt();
        write("tokenizer_config.json", "{\"tokenizer_class\": \"Qwen2Tokenizer\"}");
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("found 'Qwen2Tokenizer'")
                .hasMessageContaining("GPT2Tokenizer");
    }

    @Test
    void halfASurrogatePairIsRefused() throws IOException {
        writeSmallOpt();
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThatThrownBy(() -> tokenizer.encode("ab\ud83d", true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at 2");
        }
    }

    @Test
    void closedTokenizerRefusesToEncode() throws IOException {
        writeSmallOpt();
        Tokenizer tokenizer = Tokenizer.open(folder);
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a", true))
                .isInstanceOf(IllegalStateException.class);
    }

    private void writeSmallOpt() throws IOException {
        write("config.json", "{\"model_type\": \"opt\"}");
        write(
                "vocab.json",
                "{\"<s>\": 0, \"<pad>\": 1, \"</s>\": 2, \"a\": 3, \"b\": 4, \"ab\": 5}");
        write("merges.txt", "#version: 0.2\na b\n");
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }
}
