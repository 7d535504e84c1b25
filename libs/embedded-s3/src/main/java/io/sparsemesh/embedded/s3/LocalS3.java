package io.sparsemesh.embedded.s3;

import io.sparsemesh.embedded.ChildProcess;
import io.sparsemesh.embedded.FreePorts;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// An S3 server in a JVM of its own, on 127.0.0.1. Its objects are gone with it.
///
/// It checks signatures, ranges and the preconditions of `PutObject`; those of
/// `CompleteMultipartUpload` it ignores, and it tells the present moment as the time at which every
/// unfinished upload began.
public final class LocalS3 implements AutoCloseable {

    public static final String ACCESS_KEY = "local-access";
    public static final String SECRET_KEY = "local-secret";
    public static final String REGION = "us-east-1";

    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final int port;
    private final ChildProcess process;

    private LocalS3(int port, ChildProcess process) {
        this.port = port;
        this.process = process;
    }

    /// Starts a server and returns when it listens.
    ///
    /// @param directory of its log
    /// @param buckets that there are
    /// @throws IllegalStateException if it does not listen within 60 s; the message has the log's
    ///     end
    public static LocalS3 start(Path directory, String... buckets) {
        int port = FreePorts.next();
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dlogback.configurationFile=io/sparsemesh/embedded/s3/logback.xml",
                                "-cp",
                                classPath(),
                                S3Main.class.getName(),
                                Integer.toString(port),
                                ACCESS_KEY,
                                SECRET_KEY));
        command.addAll(List.of(buckets));
        LocalS3 server =
                new LocalS3(
                        port,
                        ChildProcess.start(
                                "S3",
                                command,
                                Map.of(),
                                made(directory),
                                directory.resolve("s3.log")));
        server.awaitListening();
        return server;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// What a process that uses the server finds in its environment.
    public Map<String, String> environment() {
        return Map.of(
                "AWS_ENDPOINT_URL_S3", endpoint().toString(),
                "AWS_ACCESS_KEY_ID", ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY", SECRET_KEY,
                "AWS_REGION", REGION,
                "SPARSEMESH_S3_PATH_STYLE", "true");
    }

    @Override
    public void close() {
        process.close();
    }

    private static Path made(Path directory) {
        try {
            return Files.createDirectories(directory.toAbsolutePath());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + directory, e);
        }
    }

    private static String classPath() {
        Properties properties = new Properties();
        try (InputStream in = LocalS3.class.getResourceAsStream("server.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "server.properties of libs/embedded-s3 is unreadable", e);
        }
        return properties.getProperty("build.classes")
                + File.pathSeparator
                + properties.getProperty("s3.classpath");
    }

    private void awaitListening() {
        Instant end = Instant.now().plus(START_LIMIT);
        while (!listens()) {
            if (!process.isAlive() || Instant.now().isAfter(end)) {
                String log = process.logTail(30);
                close();
                throw new IllegalStateException("S3 does not listen; the end of its log:\n" + log);
            }
            pause();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while S3 starts", e);
        }
    }
}
