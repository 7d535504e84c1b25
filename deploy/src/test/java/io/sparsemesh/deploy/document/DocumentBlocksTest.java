package io.sparsemesh.deploy.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentBlocksTest {
    @TempDir Path dir;

    @Test
    void blocksAreFoundWithTheirMarksAndLines() throws Exception {
        // Given
        Path file =
                Files.writeString(
                        dir.resolve("x.md"),
                        """
                        # X
                        <!-- not run: it takes an hour -->
                        ```bash
                        ./mvnw verify
                        ```
                        ```json
                        {}
                        ```
                        text
                        ```bash
                        true
                        ```
                        """);

        // When
        List<DocumentBlocks.Block> blocks = DocumentBlocks.of(file, "bash");

        // Then
        assertThat(blocks)
                .extracting(block -> block + " " + block.isNotRun())
                .containsExactly("x.md:4 true", "x.md:11 false");
        assertThat(blocks.getLast().text()).isEqualTo("true\n");
        assertThat(DocumentBlocks.of(dir.resolve("none.md"), "bash")).isEmpty();
    }

    @Test
    void aReasonMustBeGivenForNotRunningABlock() {
        // When, Then
        assertThat(new DocumentBlocks.Block(dir, 1, "not run: ", "bash", "").isNotRun()).isFalse();
    }

    @Test
    void commandsRunOneByOneInOneShell() throws Exception {
        // When
        List<ShellBlock.Ran> ran =
                ShellBlock.run(
                        "A='1\n2'   # two lines\n\necho \"$A\" \\\n  $B\nfalse\n",
                        dir,
                        Map.of("B", "3"),
                        20);

        // Then
        assertThat(ran)
                .containsExactly(
                        new ShellBlock.Ran("A='1\n2'   # two lines", 0, ""),
                        new ShellBlock.Ran("echo \"$A\" \\\n  $B", 0, "1\n2 3\n"),
                        new ShellBlock.Ran("false", 1, ""));
    }

    @Test
    void aHereDocumentIsPartOfItsCommand() throws Exception {
        // When, Then
        assertThat(ShellBlock.commands("cat <<'END'\n{}\nEND\ntrue\n"))
                .containsExactly("cat <<'END'\n{}\nEND", "true");
    }

    @Test
    void aBlockThatDoesNotEndIsEnded() {
        // When, Then
        assertThatThrownBy(() -> ShellBlock.run("sleep 100\n", dir, Map.of(), 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ShellBlock.commands("echo 'open\n"))
                .hasMessageContaining("no whole command");
    }
}
