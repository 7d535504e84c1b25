package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.verify.Mask;
import io.sparsemesh.deploy.verify.VerificationException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "mask",
        description =
                "Writes where a job left zeros, a bit for each weight, for `verify --mask` later.",
        mixinStandardHelpOptions = true)
final class MaskCommand implements Callable<Integer> {
    @Mixin private Format format;

    @Parameters(index = "0", paramLabel = "DIR", description = "output folder of a job")
    private Path folder;

    @Parameters(index = "1", paramLabel = "FILE", description = "safetensors file to write")
    private Path target;

    @Override
    public Integer call() {
        try (Mask mask = Mask.open(folder)) {
            print(mask, mask.write(target.toAbsolutePath()));
            return ExitCode.DONE;
        } catch (VerificationException | CheckpointException e) {
            throw new CommandException(ExitCode.FAILED, e.getMessage());
        }
    }

    private void print(Mask mask, FileDigest file) {
        if (format.isJson()) {
            ObjectNode json = Gateway.JSON.valueToTree(file);
            format.json(json.put("linears", mask.linears().size()));
        } else {
            format.out()
                    .println(
                            "wrote the mask of %d linears, %d bytes"
                                    .formatted(mask.linears().size(), file.size()));
        }
    }
}
