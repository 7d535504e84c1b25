package io.sparsemesh.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The last step of `deploy/gpu/check`.
@Command(
        name = "report",
        description = {
            "Prints what a check of a GPU found, and writes it to results.json in its folder.",
            "Exit status: 0 when every step that ran is good."
        },
        mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "of the check's logs")
    private Path folder;

    @Override
    public Integer call() throws IOException {
        CheckResults results = new CheckFolder(folder).read();
        JSON.writeValue(folder.resolve("results.json").toFile(), results);
        PrintWriter out = spec.commandLine().getOut();
        new CheckText(results).lines().forEach(out::println);
        out.flush();
        return results.isGood() ? 0 : 1;
    }
}
