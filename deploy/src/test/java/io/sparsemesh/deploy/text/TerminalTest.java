package io.sparsemesh.deploy.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTest {

    @ParameterizedTest
    @CsvSource({
        "12, xterm, '', true, true",
        "12, xterm, 1, true, false",
        "12, dumb, '', false, false",
        "2, xterm, '', false, false",
        "'', xterm, '', false, false"
    })
    void coloursNeedATerminalAndNobodyAgainstThem(
            String terminals, String term, String noColor, boolean bars, boolean colours) {
        // Given
        Terminal terminal = new Terminal(terminals, Map.of("TERM", term, "NO_COLOR", noColor));

        // When, Then
        assertThat(terminal.isOn(Terminal.OUT)).isEqualTo(bars);
        assertThat(terminal.hasColours(Terminal.OUT)).isEqualTo(colours);
    }

    @Test
    void coloursTakeNoColumnsOfATable() {
        // Given
        Table table = new Table("STATE", "ID");
        table.row(new Paint(true).state("FAILED"), "j1");
        table.row(new Paint(false).state("SUCCEEDED"), "j2");
        StringWriter out = new StringWriter();

        // When
        table.print(new PrintWriter(out, true));

        // Then
        assertThat(out.toString().lines())
                .containsExactly(
                        "STATE      ID", "\u001b[31mFAILED\u001b[0m     j1", "SUCCEEDED  j2");
    }

    @ParameterizedTest
    @CsvSource({
        "--sparsty, --sparsity",
        "--modle, --model",
        "wathc, watch",
        "lsit, list",
        "--calibrate, --calibration",
        "--quiet, ",
        "x, "
    })
    void theNearestNameIsFoundIfItIsNear(String name, String expected) {
        // When, Then
        assertThat(
                        NearestName.of(
                                name,
                                List.of("--sparsity", "--model", "watch", "list", "--calibration")))
                .isEqualTo(java.util.Optional.ofNullable(expected));
    }
}
