package io.sparsemesh.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A gateway all of whose secrets are marked, and that logs as much as it can.
public final class SecretServers extends GatewayServers {

    static final String ROOT_KEY = "marked-root-key-0123456789abcdef0123456789abcdef";
    static final String HUB_TOKEN = "hf_markedHubToken0123456789";
    static final String AWS_SECRET = "markedAwsSecret0123456789";
    static final String WEBHOOK_SECRET =
            Base64.getEncoder()
                    .encodeToString(
                            "marked-webhook-secret-0123456789".getBytes(StandardCharsets.UTF_8));

    private static final String LOG = "gateway.test.secrets.log";
    private static final List<String> AWS = List.of("aws.accessKeyId", "aws.secretAccessKey");

    private FakeProvider provider;

    @Override
    Map<String, String> more() {
        provider = FakeProvider.start();
        System.setProperty(LOG, temporary().toString());
        System.setProperty(AWS.get(0), "AKIDEXAMPLE");
        System.setProperty(AWS.get(1), AWS_SECRET);
        Map<String, String> settings = new HashMap<>();
        settings.put("sparsemesh.gateway.auth.mode", "on");
        settings.put("sparsemesh.gateway.auth.root-key", ROOT_KEY);
        settings.put("sparsemesh.gateway.auth.oidc-url", FakeProvider.issuer());
        settings.put("sparsemesh.gateway.webhooks.secret", "whsec_" + WEBHOOK_SECRET);
        settings.put("sparsemesh.gateway.webhooks.retry-for", "1s");
        settings.put("sparsemesh.sources.hub-token", HUB_TOKEN);
        settings.put("sparsemesh.sources.buckets", "marked");
        settings.put("sparsemesh.sources.s3-endpoint", "http://127.0.0.1:9");
        settings.put("sparsemesh.sources.s3-region", "us-east-1");
        settings.put("quarkus.log.category.\"io.sparsemesh\".level", "DEBUG");
        settings.put("quarkus.log.file.enable", "true");
        settings.put("quarkus.log.file.path", log().toString());
        settings.put("quarkus.log.file.format", "%d %p [%c] %X %s%e%n");
        return settings;
    }

    private static Path temporary() {
        try {
            Path file = Files.createTempFile("gateway-secrets", ".log");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What the gateway has logged.
    static Path log() {
        return Path.of(System.getProperty(LOG));
    }

    @Override
    public void stop() {
        AWS.forEach(System::clearProperty);
        provider.close();
        super.stop();
    }
}
