package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.embedded.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The launcher with a real broker and database, and stand-ins for the services.
@Timeout(180)
class MeshIT {
    @TempDir Path dir;
    private Installation installation;
    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

    @BeforeEach
    void install() throws IOException {
        for (String module : List.of("gateway", "scheduler", "layer-worker", "evaluator")) {
            Path application = dir.resolve("home/" + module + "/target/quarkus-app");
            Files.createDirectories(application);
            writeJar(application.resolve("quarkus-run.jar"));
        }
        installation = new Installation(dir.resolve("home"));
    }

    @Test
    void startsEverythingRevivesWhatDiesAndLeavesNothing() throws Exception {
        // Given
        MeshOptions options = options(FreePorts.next());
        List<ProcessHandle> before = children();
        Mesh mesh = Mesh.of(installation, options, log::add);

        // When
        mesh.start();

        // Then every member runs with its settings
        try (mesh) {
            Properties gateway = settings(mesh.url());
            assertThat(gateway.getProperty("SPARSEMESH_DB_URL")).startsWith("jdbc:postgresql:");
            assertThat(gateway.getProperty("SPARSEMESH_KAFKA_BOOTSTRAP")).startsWith("127.0.0.1:");
            assertThat(gateway.getProperty("SPARSEMESH_ROOTS"))
                    .isEqualTo(dir.resolve("root") + "," + options.output());
            assertThat(Files.readString(options.logs().resolve("layer-worker-2.log")))
                    .contains("SPARSEMESH_WORKER_NAME=layer-worker-2")
                    .contains("SPARSEMESH_STORE=" + options.store());

            // When they are killed one after the other
            for (Member member : mesh.members()) {
                long pid = member.process().pid();
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                assertThat(line())
                        .contains("(pid " + pid + ") was killed by signal 9")
                        .contains("its log is");
                awaitLine(member.name() + " runs again");
                assertThat(member.process().pid()).isNotEqualTo(pid);
            }

            // When another mesh wants the same data
            assertThatThrownBy(
                            () ->
                                    Mesh.of(installation, options(FreePorts.next()), log::add)
                                            .start())
                    .hasMessageContaining("another mesh runs on the data");
        }
        assertThat(children()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void aServiceThatEndsAtOnceIsReportedWithItsLog() throws IOException {
        // Given
        Files.writeString(
                dir.resolve("home/scheduler/target/quarkus-app/quarkus-run.jar"), "no jar");

        // When, Then
        try (Mesh mesh = Mesh.of(installation, options(FreePorts.next()), log::add)) {
            assertThatThrownBy(mesh::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("scheduler ended before it was ready")
                    .hasMessageContaining("Invalid or corrupt jarfile");
        }
    }

    @Test
    void aTakenPortAndAMissingBuildAreNamed() throws IOException {
        // Given
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            MeshOptions options = options(taken.getLocalPort());

            // When, Then
            assertThatThrownBy(() -> Mesh.of(installation, options, log::add).start())
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("is taken");
        }
        assertThatThrownBy(() -> new Installation(dir).application("gateway"))
                .hasMessageContaining("expected quarkus-run.jar")
                .hasMessageContaining("./mvnw");
    }

    private MeshOptions options(int port) {
        Path data = dir.resolve("data");
        return new MeshOptions(port, 2, data, false, List.of(dir.resolve("root")));
    }

    private String line() throws InterruptedException {
        String line = log.poll(30, TimeUnit.SECONDS);
        assertThat(line).isNotNull();
        return line;
    }

    /// A database whose old children still end may need a second start.
    private void awaitLine(String begin) throws InterruptedException {
        String line = line();
        while (line.contains("does not start")) {
            line = line();
        }
        assertThat(line).startsWith(begin);
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").contains("java"))
                .toList();
    }

    private static Properties settings(URI url) throws IOException {
        Properties settings = new Properties();
        try (InputStream in = url.toURL().openStream()) {
            settings.load(in);
        }
        return settings;
    }

    private static void writeJar(Path jar) throws IOException {
        String path = FakeService.class.getName().replace('.', '/') + ".class";
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, FakeService.class.getName());
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out, manifest);
                InputStream code = MeshIT.class.getClassLoader().getResourceAsStream(path)) {
            entries.putNextEntry(new JarEntry(path));
            code.transferTo(entries);
        }
    }
}
