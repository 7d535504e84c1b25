package io.sparsemesh.gateway.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.artifact.FileDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportedFilesTest {

    private static final String REPORT = "s50/sparsemesh-report.json";

    @TempDir Path folder;
    private List<FileDigest> listed;

    @BeforeEach
    void writeReport() throws Exception {
        byte[] report =
                "{\"files\":[{\"name\":\"config.json\",\"size\":2,\"sha256\":\"ab\"}]}".getBytes();
        Files.createDirectory(folder.resolve("s50"));
        Files.write(folder.resolve(REPORT), report);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(report));
        listed = List.of(new FileDigest(REPORT, report.length, sha256));
    }

    private Optional<FileDigest> find(String name) throws IOException {
        return ReportedFiles.find(listed, name, report -> ReportedFiles.inFolder(folder, report));
    }

    @Test
    void aFileOfAFolderIsFoundInThatFoldersReport() throws IOException {
        // When, Then
        assertThat(find("s50/config.json")).hasValue(new FileDigest("s50/config.json", 2, "ab"));
    }

    @Test
    void otherNamesAreNotFound() throws IOException {
        for (String name : List.of("config.json", "s60/config.json", "s50/other", "/config.json")) {
            // When, Then
            assertThat(find(name)).as(name).isEmpty();
        }
    }

    @Test
    void aReportThatTheJobDidNotWriteTellsNothing() throws IOException {
        // Given
        Files.writeString(
                folder.resolve(REPORT),
                "{\"files\":[{\"name\":\"passwd\",\"size\":2,\"sha256\":\"ab\"}]}");

        // When, Then
        assertThat(find("s50/passwd")).isEmpty();
    }
}
