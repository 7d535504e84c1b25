package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.Gateway;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that say which gateway to talk to.
final class Connection {
    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:SPARSEMESH_URL:-http://127.0.0.1:8080}",
            description = "the gateway; default SPARSEMESH_URL, else http://127.0.0.1:8080")
    private URI url;

    Gateway gateway() {
        if (url.getHost() == null || url.getScheme() == null) {
            throw CommandException.usage(
                    "expected a gateway like http://127.0.0.1:8080, found " + url);
        }
        return new Gateway(
                url,
                Optional.ofNullable(System.getenv("SPARSEMESH_TOKEN")).filter(t -> !t.isBlank()));
    }
}
