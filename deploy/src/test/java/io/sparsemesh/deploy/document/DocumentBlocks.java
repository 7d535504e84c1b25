package io.sparsemesh.deploy.document;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The fenced blocks of a Markdown file.
public final class DocumentBlocks {
    private static final Pattern BLOCK =
            Pattern.compile(
                    "(?m)^(?:<!-- (?<mark>.*?) -->\\n)?^```(?<language>\\w+)\\n(?<text>(?s:.*?))^```$");

    private static final String NOT_RUN = "not run: ";

    private DocumentBlocks() {}

    /// @param mark of the HTML comment on the line before, maybe empty
    /// @param line number of the first line of the text
    public record Block(Path file, int line, String mark, String language, String text) {
        /// Whether the comment says that, and why, a test must leave it alone.
        public boolean isNotRun() {
            return mark.startsWith(NOT_RUN) && mark.length() > NOT_RUN.length();
        }

        @Override
        public String toString() {
            return file.getFileName() + ":" + line;
        }
    }

    /// All blocks of a language, in order; none where there is no such file.
    public static List<Block> of(Path file, String language) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        List<Block> blocks = new ArrayList<>();
        for (Matcher m = BLOCK.matcher(text); m.find(); ) {
            if (m.group("language").equals(language)) {
                int line = 1 + (int) text.substring(0, m.start("text")).lines().count();
                String mark = m.group("mark") == null ? "" : m.group("mark");
                blocks.add(new Block(file, line, mark, language, m.group("text")));
            }
        }
        return blocks;
    }
}
