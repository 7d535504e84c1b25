package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The last value that is taken, and the first that is not.
class LimitsTest {

    @TempDir private Path folder;

    private String config(String text) {
        Path config = RawFiles.write(folder.resolve("config.json"), text);
        return StrictJson.readTree(config).toString();
    }

    private static String nested(int depth) {
        return "{\"a\":" + "[".repeat(depth - 1) + "]".repeat(depth - 1) + "}";
    }

    @Test
    void configIsAsDeepAsItMayBe() {
        assertThat(config(nested(Limits.CONFIG_DEPTH)))
                .hasSize(nested(Limits.CONFIG_DEPTH).length());
        assertThatThrownBy(() -> config(nested(Limits.CONFIG_DEPTH + 1)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("nesting depth (33) exceeds the maximum allowed (32");
    }

    @Test
    void configIsAsLongAsItMayBe() {
        String longest = "{}" + " ".repeat(Limits.CONFIG_BYTES - 2);

        assertThat(config(longest)).isEqualTo("{}");
        assertThatThrownBy(() -> config(longest + " "))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("expected at most 1048576 bytes, found 1048577");
    }

    @Test
    void messageRepeatsNoMoreThanItMay() {
        String longest = "x".repeat(4_000);

        assertThat(new CheckpointException("a", "", longest)).hasMessage("[a] " + longest);
        assertThat(new CheckpointException("a", "", longest + "y"))
                .hasMessage("[a] " + longest + "...");
    }
}
