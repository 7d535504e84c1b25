package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.text.Csv;
import java.util.List;
import picocli.CommandLine.Option;

/// The option `-o` of commands that show a table.
final class TableFormat extends Output {
    enum Kind {
        text,
        json,
        csv
    }

    @Option(
            names = {"-o", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = {
                "text, json (the gateway's answer) or csv (all fields of it, one row each); default"
                        + " ${DEFAULT-VALUE}"
            })
    private Kind kind;

    boolean isText() {
        return kind == Kind.text;
    }

    /// Writes rows as they were asked for.
    ///
    /// @param text writes them as a table
    void print(List<JsonNode> rows, Runnable text) {
        switch (kind) {
            case text -> text.run();
            case json -> json(rows);
            case csv -> Csv.write(rows, out());
        }
    }
}
