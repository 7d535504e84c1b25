package io.sparsemesh.evaluator.suite;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PythonTextTest {

    /// As `len(re.split(r"\s+", text))` in Python.
    @Test
    void wordsAreCountedWithTheEmptyOnesAtTheEnds() {
        assertThat(PythonText.words("")).isEqualTo(1);
        assertThat(PythonText.words("a")).isEqualTo(1);
        assertThat(PythonText.words("a  b\nc")).isEqualTo(3);
        assertThat(PythonText.words(" a b ")).isEqualTo(4);
        assertThat(PythonText.words("a\u00a0b\u2003c\u0085d\u001ce\u200bf")).isEqualTo(5);
    }

    @Test
    void spaceIsTakenFromBothEnds() {
        assertThat(PythonText.stripped("\u00a0 a b \n")).isEqualTo("a b");
        assertThat(PythonText.strippedEnd(" a ")).isEqualTo(" a");
        assertThat(PythonText.stripped(" \t")).isEmpty();
    }
}
