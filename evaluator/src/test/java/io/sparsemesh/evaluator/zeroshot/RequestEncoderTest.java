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
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With the demo's tokenizer, which puts `</s>` (2) before every text.
class RequestEncoderTest {

    private static final TextFile.Line LINE =
            new TextFile.Line("t.jsonl", 7, MissingNode.getInstance());
    private static final long VOCABULARY = 1536;
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
        return new RequestEncoder(tokenizer, positions, VOCABULARY)
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
    void continuationThatAloneIsTooLongIsNamed() {
        int scored = tokens(" fiddle fiddle").length;

        assertThatThrownBy(() -> encode(scored - 1, "plays", " fiddle fiddle"))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[t.jsonl] line 7: ' fiddle fiddle': expected 1 to %d tokens, the model's"
                                + " positions, found %d",
                        scored - 1, scored);
    }

    @Test
    void continuationWithoutTokensIsNamed() {
        assertThatThrownBy(() -> encode(256, "plays", ""))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'': expected 1 to 256 tokens")
                .hasMessageContaining("found 0");
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
        RequestEncoder small = new RequestEncoder(tokenizer, 256, 3);

        assertThatThrownBy(() -> small.encode(LINE, new Request("a", " b")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 7: expected token ids below 3, the model's vocabulary");
    }
}
