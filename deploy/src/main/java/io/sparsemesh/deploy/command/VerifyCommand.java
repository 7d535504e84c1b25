package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.verify.Finding;
import io.sparsemesh.deploy.verify.FolderVerifier;
import io.sparsemesh.deploy.verify.Mask;
import io.sparsemesh.deploy.verify.MaskVerifier;
import io.sparsemesh.deploy.verify.VerificationException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = {
            "Checks a job's output folder: digests, zeros, pattern and levels, as reported.",
            "With --mask, of any folder: that the zeros of the mask are still zeros."
        },
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @Mixin private Format format;

    @Parameters(paramLabel = "DIR", description = "output folder of a job")
    private Path folder;

    @Option(
            names = "--mask",
            paramLabel = "MASK",
            description = "a file of `sparsemesh mask`, or an output folder whose zeros to keep")
    private Path mask;

    @Override
    public Integer call() {
        FolderVerifier.Outcome outcome = verify();
        if (format.isJson()) {
            format.json(json(outcome));
        } else {
            print(outcome);
        }
        return outcome.findings().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private FolderVerifier.Outcome verify() {
        try {
            return mask == null ? FolderVerifier.verify(folder) : verifyMask();
        } catch (VerificationException | CheckpointException e) {
            throw new CommandException(ExitCode.FAILED, e.getMessage());
        }
    }

    private FolderVerifier.Outcome verifyMask() {
        try (Mask opened = Mask.open(mask)) {
            return MaskVerifier.verify(folder, opened);
        }
    }

    private void print(FolderVerifier.Outcome outcome) {
        for (Finding finding : outcome.findings()) {
            format.out().println("WRONG  " + finding.subject() + ": " + finding.text());
        }
        double share = outcome.weights() == 0 ? 0 : (double) outcome.zeros() / outcome.weights();
        format.out()
                .println(
                        "%s  %d files, %d layers, %s zeros"
                                .formatted(
                                        outcome.findings().isEmpty() ? "ok" : "not as reported",
                                        outcome.files(),
                                        outcome.layers(),
                                        JobText.percent(share)));
    }

    private static ObjectNode json(FolderVerifier.Outcome outcome) {
        ObjectNode json = Gateway.JSON.createObjectNode();
        json.put("ok", outcome.findings().isEmpty());
        json.put("files", outcome.files()).put("layers", outcome.layers());
        json.put("zeros", outcome.zeros()).put("weights", outcome.weights());
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : outcome.findings()) {
            findings.addObject().put("subject", finding.subject()).put("text", finding.text());
        }
        return json;
    }
}
