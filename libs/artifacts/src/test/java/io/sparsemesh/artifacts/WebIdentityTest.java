package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sparsemesh.embedded.s3.LocalS3;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A pod whose account has a role: what a cluster gives it are a token and the role's name, for
/// which a service of the cloud gives credentials.
@Timeout(120)
class WebIdentityTest {

    private static final String ANSWER =
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleWithWebIdentityResult><Credentials>
                <AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>
                <SessionToken>session</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
              </Credentials></AssumeRoleWithWebIdentityResult>
            </AssumeRoleWithWebIdentityResponse>
            """
                    .formatted(LocalS3.ACCESS_KEY, LocalS3.SECRET_KEY);

    @TempDir Path folder;

    @Test
    void anAccountsRoleOpensTheBucket() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer tokens =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        tokens.createContext(
                "/",
                exchange -> {
                    asked.add(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
                    byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "text/xml");
                    exchange.sendResponseHeaders(200, answer.length);
                    exchange.getResponseBody().write(answer);
                    exchange.close();
                });
        tokens.start();
        try {
            String output = check(tokens.getAddress().getPort());

            assertThat(output).startsWith("store\tok\ts3://artifacts");
            assertThat(asked)
                    .first()
                    .asString()
                    .contains("Action=AssumeRoleWithWebIdentity")
                    .contains("WebIdentityToken=of-the-cluster");
        } finally {
            tokens.stop(0);
        }
    }

    /// In a process of its own: the SDK reads these variables of the process alone.
    private String check(int tokens) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(S3Fixture.server().environment());
        environment.remove("AWS_ACCESS_KEY_ID");
        environment.remove("AWS_SECRET_ACCESS_KEY");
        environment.put("SPARSEMESH_STORE", S3Fixture.location().toString());
        environment.put("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/mesh");
        environment.put(
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                Files.writeString(folder.resolve("token"), "of-the-cluster").toString());
        environment.put("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:" + tokens);
        environment.put("AWS_EC2_METADATA_DISABLED", "true");
        environment.put("HOME", folder.toString());
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path").replace(",", File.pathSeparator),
                        BucketCheck.class.getName());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Path out = folder.resolve("out");
        Process process =
                builder.redirectOutput(out.toFile())
                        .redirectError(folder.resolve("err").toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return Files.readString(out);
        } finally {
            process.destroyForcibly();
        }
    }
}
