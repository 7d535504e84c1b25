package io.sparsemesh.embedded.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalS3Test {

    @TempDir Path folder;

    @Test
    void unsignedCallsAreRefusedInS3sWords() throws Exception {
        try (LocalS3 server = LocalS3.start(folder, "bucket");
                HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(server.endpoint().resolve("/bucket")).build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("<Code>AccessDenied</Code>");
        }
    }
}
