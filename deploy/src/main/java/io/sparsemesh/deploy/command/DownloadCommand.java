package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.download.DownloadException;
import io.sparsemesh.deploy.download.FolderDownload;
import io.sparsemesh.deploy.text.Terminal;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "download",
        description = {
            "Downloads a job's output folder; of a sweep, all its folders.",
            "Each file is held to its size and SHA-256; DIR appears when all are there. A download"
                    + " that broke off goes on when the same command is given again."
        },
        mixinStandardHelpOptions = true)
final class DownloadCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(index = "0", paramLabel = "ID", description = "the job")
    private String id;

    @Parameters(index = "1", paramLabel = "DIR", description = "folder to be made")
    private Path target;

    @Option(
            names = "--replace",
            description = "replace DIR, if it is the output of a job, when all files are there")
    private boolean replace;

    @Override
    public Integer call() {
        Gateway gateway = connection.gateway();
        FolderDownload download = new FolderDownload(gateway, id, target, view());
        requireFree(download);
        List<FileDigest> files = download.files();
        if (files.isEmpty()) {
            throw nothing(gateway.job(id));
        }
        try {
            download.fetch(files);
        } catch (DownloadException e) {
            throw new CommandException(
                    ExitCode.FAILED,
                    e.getMessage(),
                    "`./sparsemesh get " + id + "` shows the job; then download again");
        }
        report(files);
        return ExitCode.DONE;
    }

    private DownloadText view() {
        Terminal terminal = Terminal.ofProcess();
        return new DownloadText(format.err(), !format.isJson() && terminal.isOn(Terminal.ERR));
    }

    private void requireFree(FolderDownload download) {
        if (!download.isTaken() || replace && download.isReplaceable()) {
            return;
        }
        throw CommandException.usage(
                "[" + target + "] expected no such folder yet, found one",
                download.isReplaceable()
                        ? "choose another DIR, or give --replace"
                        : "choose another DIR; this one is no job's output, so --replace leaves it");
    }

    private CommandException nothing(JsonNode job) {
        String state = job.path("state").asText();
        int code = ExitCode.of(job) == ExitCode.DONE ? ExitCode.USAGE : ExitCode.of(job);
        return new CommandException(
                code,
                "job %s is %s and has no output".formatted(id, state),
                code == ExitCode.USAGE
                        ? "wait for its end with `./sparsemesh watch " + id + "`"
                        : "`./sparsemesh get "
                                + id
                                + "` says why, `./sparsemesh retry` runs it again");
    }

    private void report(List<FileDigest> files) {
        long bytes = files.stream().mapToLong(FileDigest::size).sum();
        if (format.isJson()) {
            ObjectNode json = Gateway.JSON.createObjectNode();
            json.put("folder", target.toString()).put("bytes", bytes);
            json.set("files", Gateway.JSON.valueToTree(files));
            format.json(json);
            return;
        }
        format.out().println("%s: %d files, %d bytes".formatted(target, files.size(), bytes));
        format.out().println("next: ./sparsemesh verify " + verifiable(files));
    }

    /// The folder, or the first of a sweep.
    private Path verifiable(List<FileDigest> files) {
        String first = files.getFirst().name();
        return first.contains("/") ? target.resolve(first).getParent() : target;
    }
}
