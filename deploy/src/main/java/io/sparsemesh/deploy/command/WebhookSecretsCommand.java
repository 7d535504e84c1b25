package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "webhook-secrets",
        description =
                "Prints the tenant's secrets, with which its receivers verify webhooks, one a line.",
        mixinStandardHelpOptions = true)
final class WebhookSecretsCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Override
    public Integer call() {
        JsonNode answer = connection.gateway().webhookSecrets();
        if (format.isJson()) {
            format.json(answer);
        } else {
            answer.path("secrets").forEach(secret -> format.out().println(secret.asText()));
        }
        return ExitCode.DONE;
    }
}
