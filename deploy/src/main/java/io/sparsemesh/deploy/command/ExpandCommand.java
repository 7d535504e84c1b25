package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter;
import io.sparsemesh.checkpoint.ModelFolderWriter.IfExists;
import io.sparsemesh.deploy.client.Gateway;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "expand",
        description = {
            "Makes a dense folder of a compressed one (sparse-bitmask or pack-quantized), bit for"
                    + " bit as the job would have written it with format dense.",
            "The report stays behind: it tells of other files."
        },
        mixinStandardHelpOptions = true)
final class ExpandCommand implements Callable<Integer> {
    @Mixin private Format format;

    @Parameters(index = "0", paramLabel = "DIR", description = "compressed folder")
    private Path folder;

    @Parameters(index = "1", paramLabel = "OUT", description = "folder to be made")
    private Path target;

    @Override
    public Integer call() {
        List<FileDigest> files = expand();
        String sha256 = FileDigest.overall(files);
        if (format.isJson()) {
            ObjectNode json = Gateway.JSON.createObjectNode();
            json.put("folder", target.toString()).put("sha256", sha256);
            json.set("files", Gateway.JSON.valueToTree(files));
            format.json(json);
        } else {
            format.out().println("wrote %d files, sha256 %s".formatted(files.size(), sha256));
        }
        return ExitCode.DONE;
    }

    private List<FileDigest> expand() {
        try (ModelFolder model = ModelFolder.openExpanded(folder)) {
            if (!model.isExpanded()) {
                throw CommandException.usage(
                        "[%s] expected sparse-bitmask or pack-quantized weights, found dense ones"
                                .formatted(folder));
            }
            return ModelFolderWriter.write(
                    model, Map.of(), target.toAbsolutePath(), IfExists.REFUSE);
        } catch (CheckpointException e) {
            throw new CommandException(ExitCode.FAILED, e.getMessage());
        }
    }
}
