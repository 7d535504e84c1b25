package io.sparsemesh.evaluator.perplexity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WikiTextTest {

    @Test
    void articlesBeginAtTheirTitles() {
        String text = " \n = A = \n \n a\n = = S = = \n = = = T = = = \n = B C = \n b\n";

        assertThat(WikiText.articles(text))
                .containsExactly(" = A = \n \n a\n = = S = = \n = = = T = = = ", " = B C = \n b\n");
    }

    /// As Python answers for the same replacements.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 @,@ 204 @.@ 5 well @-@ known|1,204.5 well-known",
                "a : b ; c . d ! e ? f , g|a: b; c. d! e? f, g",
                "( a ) [ b ] { c } \" d \" ' e '|(a) [b] {c} \"d\" 'e'",
                "(  ) ( ( a ) )|() (( a) )",
                "the boys ' ball and Tim 's|the boys'ball and Tim's",
                "= = = = A = = = B = = C|==== A === B == C",
                "3 ° N of|3°N of",
                "page N of|page 1 of",
            })
    void marksOfTheTokenisationAreTakenOut(String article, String expected) {
        assertThat(WikiText.detokenised(article)).isEqualTo(expected);
    }

    @Test
    void spaceAtTheEndsOfLinesIsTakenOut() {
        assertThat(WikiText.detokenised(" = A = \n \n a\n")).isEqualTo(" = A =\n\na\n");
    }

    /// Many characters between quotes: no pattern may need a stack as deep.
    @Test
    void longQuotesAreRead() {
        String inside = "a ".repeat(100_000);

        assertThat(WikiText.detokenised("\" " + inside + "\""))
                .isEqualTo("\"" + inside.strip() + "\"");
    }
}
