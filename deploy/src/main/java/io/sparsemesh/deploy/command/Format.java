package io.sparsemesh.deploy.command;

import picocli.CommandLine.Option;

/// The option `-o` of commands that show one thing.
final class Format extends Output {
    enum Kind {
        text,
        json
    }

    @Option(
            names = {"-o", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json (the gateway's answer); default ${DEFAULT-VALUE}")
    private Kind kind;

    boolean isJson() {
        return kind == Kind.json;
    }
}
