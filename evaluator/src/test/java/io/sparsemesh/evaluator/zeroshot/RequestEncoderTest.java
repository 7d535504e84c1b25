package io.sparsemesh.evaluator.zeroshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.model.ModelDescription;
import io.sparsemesh.engine.scoring.ScoredSequence;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import io.sparsemesh.evaluator.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With the demo's tokenizer, which puts `</s>` (2) before every text.
class RequestEncoderTest {

    private static final TextFile.Line LINE =
            new TextFile.Line("t.jsonl", 7, MissingNode.getInstance());
    private static final long VOCABULARY = 1536;
    private static final IntSupplier NO_PREFIX =
            () -> {
                throw new AssertionError("the tokenizer has put a token before the text");
            };
    private static Tokenizer tokenizer;

    @BeforeAll
    static void openTokenizer() {
        tokenizer = Tokenizer.open(TestData.demoModel());
    }

    @AfterAll
    static void closeTokenizer() {
        tokenizer.close();
    }

    private static ScoredSequence encode(long positions, String context, String continuation) {
        return encoded(positions, context, continuation).sequence();
    }

    private static EncodedRequest encoded(long positions, String context, String continuation) {
        return new RequestEncoder(tokenizer, NO_PREFIX, positions, VOCABULARY)
                .encode(LINE, new Request(context, continuation));
    }

    private static int[] scored(ScoredSequence sequence) {
        return Arrays.copyOfRange(sequence.ids(), sequence.firstScored(), sequence.ids().length);
    }

    private static int[] tokens(String text) {
        return tokenizer.encode(text, false);
    }

    @Test
    void tokensBehindThoseOfTheContextAreScored() {
        ScoredSequence found = encode(256, "The flag of Saigust is", " white");

        assertThat(found.ids()).isEqualTo(tokenizer.encode("The flag of Saigust is white", true));
        assertThat(found.ids()[0]).isEqualTo(2);
        assertThat(scored(found)).isEqualTo(tokens(" white"));
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "  ", "\n", " \u00a0"})
    void spaceAtTheEndOfTheContextIsScored(String space) {
        ScoredSequence found = encode(256, "The flag is" + space, " white");

        assertThat(found.firstScored()).isEqualTo(tokenizer.encode("The flag is", true).length);
        assertThat(found.ids()).isEqualTo(tokenizer.encode("The flag is" + space + " white", true));
    }

    @Test
    void contextWithoutTextIsTheSpecials() {
        assertThat(encode(256, "", " white").firstScored()).isEqualTo(1);
    }

    @Test
    void whatIsTooLongLosesItsBeginning() {
        String context = "In the evening Shoaflos plays the";
        int[] whole = tokenizer.encode(context + " fiddle", true);
        int scored = tokens(" fiddle").length;

        for (int positions = scored; positions < whole.length + 2; positions++) {
            ScoredSequence found = encode(positions, context, " fiddle");
            int kept = Math.min(whole.length, positions + 1);
            assertThat(found.ids())
                    .isEqualTo(Arrays.copyOfRange(whole, whole.length - kept, whole.length));
            assertThat(scored(found)).isEqualTo(tokens(" fiddle"));
        }
    }

    @Test
    void modelWithoutLimitKeepsAll() {
        String context = "word ".repeat(3000);

        ScoredSequence found = encode(ModelDescription.UNLIMITED, context, " fiddle");

        assertThat(found.ids()).isEqualTo(tokenizer.encode(context + " fiddle", true));
    }

    @Test
    void onlyWhatIsTooLongIsTruncated() {
        int whole = tokenizer.encode("plays fiddle", true).length;

        assertThat(encoded(whole - 1, "plays", " fiddle").truncated()).isFalse();
        assertThat(encoded(whole - 2, "plays", " fiddle").truncated()).isTrue();
    }

    @Test
    void continuationThatAloneIsTooLongIsScoredInItsLastTokens() {
        int[] continuation = tokens(" fiddle fiddle");
        int positions = continuation.length - 1;

        EncodedRequest found = encoded(positions, "plays", " fiddle fiddle");

        assertThat(found.truncated()).isTrue();
        assertThat(found.sequence().ids()).isEqualTo(continuation);
        assertThat(scored(found.sequence()))
                .isEqualTo(Arrays.copyOfRange(continuation, 1, continuation.length));
    }

    /// As GPT-2's, which puts nothing before a text.
    @Test
    void textWithoutTokenBeforeItGetsOne(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"version": "1.0", "added_tokens": [], "normalizer": null,
                 "post_processor": null, "decoder": null, "truncation": null, "padding": null,
                 "pre_tokenizer": {"type": "Whitespace"},
                 "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "c": 2},
                           "unk_token": "a"}}""");
        try (Tokenizer plain = Tokenizer.open(folder)) {
            RequestEncoder encoder = new RequestEncoder(plain, () -> 7, 256, 8);

            ScoredSequence alone = encoder.encode(LINE, new Request("", " b c")).sequence();
            ScoredSequence after = encoder.encode(LINE, new Request("a", " b c")).sequence();

            assertThat(alone.ids()).containsExactly(7, 1, 2);
            assertThat(alone.firstScored()).isEqualTo(1);
            assertThat(after.ids()).containsExactly(0, 1, 2);
        }
    }

    @Test
    void continuationWithoutTokensIsNamed() {
        assertThatThrownBy(() -> encode(256, "plays", ""))
                .isInstanceOf(DataException.class)
                .hasMessage("[t.jsonl] line 7: '': expected at least one token to score, found 0");
    }

    @Test
    void textThatIsNotUnicodeIsNamed() {
        assertThatThrownBy(() -> encode(256, "half \ud83d", " a"))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[t.jsonl] line 7: text: expected Unicode, found half a surrogate pair at"
                                + " 5");
    }

    @Test
    void tokenThatTheModelDoesNotHaveIsNamed() {
        RequestEncoder small = new RequestEncoder(tokenizer, NO_PREFIX, 256, 3);

        assertThatThrownBy(() -> small.encode(LINE, new Request("a", " b")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 7: expected token ids below 3, the model's vocabulary");
    }
}
