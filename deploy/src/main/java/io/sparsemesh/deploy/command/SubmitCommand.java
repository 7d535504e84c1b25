package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.text.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "submit",
        description = "Submits a job: a JSON file as the API takes it, options, or both.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Options replace what the file says. Paths may be given where the API wants URIs.",
            "",
            "  sparsemesh submit --model opt-125m --sparsity 0.5 --calibration c4.jsonl \\",
            "      --perplexity wikitext2=wiki.test.raw --output opt-125m-50 --wait"
        })
final class SubmitCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "the request as JSON")
    private Path file;

    @ArgGroup(validate = false, heading = "Request:%n")
    private RequestOptions options = new RequestOptions();

    @Option(names = "--wait", description = "show progress and return when the job has ended")
    private boolean wait;

    @Option(names = "--validate-only", description = "show the plan, submit nothing")
    private boolean validateOnly;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "submitting again with the same key answers with the first job")
    private String idempotencyKey;

    @Override
    public Integer call() {
        ObjectNode request = file == null ? Gateway.JSON.createObjectNode() : read(file);
        options.applyTo(request);
        if (request.isEmpty()) {
            throw CommandException.usage(
                    "expected a FILE or options such as --model, found neither",
                    "`./sparsemesh submit --help` has an example");
        }
        Gateway gateway = connection.gateway();
        if (validateOnly) {
            return plan(gateway.validate(request));
        }
        JsonNode job = gateway.submit(request, Optional.ofNullable(idempotencyKey));
        return report(gateway, job);
    }

    private int plan(JsonNode plan) {
        if (format.isJson()) {
            format.json(plan);
        } else {
            PlanText.print(plan, format.out());
        }
        return ExitCode.DONE;
    }

    private int report(Gateway gateway, JsonNode job) {
        String id = job.path("id").asText();
        if (wait) {
            return Watching.untilEnd(gateway, id, format, Terminal.ERR);
        }
        if (format.isJson()) {
            format.json(job);
        } else {
            format.out().println("submitted " + id);
            format.out().println("next: ./sparsemesh watch " + id);
        }
        return ExitCode.DONE;
    }

    private static ObjectNode read(Path file) {
        if (Files.isDirectory(file)) {
            throw CommandException.usage(
                    "[" + file + "] expected the request as a JSON file, found a folder",
                    "a model's folder is told by --model: `./sparsemesh submit --help` has an"
                            + " example");
        }
        try {
            JsonNode tree = Gateway.JSON.readTree(Files.readString(file));
            if (tree instanceof ObjectNode request) {
                return request;
            }
            throw CommandException.usage("[" + file + "] expected a JSON object");
        } catch (JsonProcessingException e) {
            throw CommandException.usage(
                    "[%s] is not JSON: line %d: %s"
                            .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()));
        } catch (NoSuchFileException e) {
            throw CommandException.usage(
                    "[" + file + "] expected the request as a JSON file, found nothing",
                    "look at the name, or use options: `./sparsemesh submit --help` has an"
                            + " example");
        } catch (IOException e) {
            throw CommandException.usage("[" + file + "] cannot be read: " + e);
        }
    }
}
