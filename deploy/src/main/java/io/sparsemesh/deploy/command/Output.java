package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.text.Paint;
import io.sparsemesh.deploy.text.Terminal;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import picocli.CommandLine;

/// Where a command writes, and writing JSON there.
abstract class Output {
    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec;

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /// @param descriptor [Terminal#OUT] or [Terminal#ERR]
    PrintWriter stream(int descriptor) {
        return descriptor == Terminal.ERR ? err() : out();
    }

    /// Colours of standard output.
    Paint paint() {
        return new Paint(Terminal.ofProcess().hasColours(Terminal.OUT));
    }

    void json(JsonNode node) {
        try {
            out().println(Gateway.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    void json(Collection<JsonNode> nodes) {
        json(Gateway.JSON.createArrayNode().addAll(nodes));
    }
}
