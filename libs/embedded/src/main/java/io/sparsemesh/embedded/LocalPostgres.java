package io.sparsemesh.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// One PostgreSQL server on 127.0.0.1, as root too. Its data stay in a directory and survive
/// {@link #kill} and {@link #restart}. It holds one database, `sparsemesh`, owned by its
/// superuser `sparsemesh`, with a password made up on the first start.
public final class LocalPostgres implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "sparsemesh";

    private final Path dataDir;
    private final int port;
    private final boolean durable;
    private ChildProcess process;

    private LocalPostgres(Path dataDir, int port, boolean durable) {
        this.dataDir = dataDir.toAbsolutePath();
        this.port = port;
        this.durable = durable;
    }

    /// Starts a server and returns when it accepts connections.
    ///
    /// @param dataDir directory of its data, password and `postgres.log`; created if new
    /// @param port port of 127.0.0.1 it listens on
    /// @param durable whether commits survive the machine's crash (fsync). If not, they still
    ///     survive the server's own, by `kill -9` too
    /// @throws IllegalStateException if it does not accept within 60 s; the message has the
    ///     log's end
    public static LocalPostgres start(Path dataDir, int port, boolean durable) {
        LocalPostgres postgres = new LocalPostgres(dataDir, port, durable);
        postgres.initialise();
        postgres.launch();
        return postgres;
    }

    /// Starts a server on a free port, not durable.
    public static LocalPostgres start(Path dataDir) {
        return start(dataDir, FreePorts.next(), false);
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + NAME;
    }

    public String user() {
        return NAME;
    }

    public String password() {
        try {
            return Files.readString(passwordFile()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + passwordFile(), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// The process, for whoever supervises it.
    public ChildProcess process() {
        return process;
    }

    /// SIGKILL of the server process. Returns when its children, which then end by
    /// themselves, are gone too.
    public void kill() {
        List<ProcessHandle> children = process.descendants();
        process.kill();
        children.forEach(child -> child.onExit().join());
    }

    /// Stops the server if it runs and starts it on the same port and data.
    public void restart() {
        close();
        launch();
    }

    /// SIGINT (fast shutdown: open transactions roll back), and SIGKILL if it has not ended
    /// after ten seconds.
    @Override
    public void close() {
        if (process.isAlive()) {
            run("interrupt", List.of("kill", "-INT", Long.toString(process.pid())));
        }
        process.awaitOrKill(Duration.ofSeconds(10));
    }

    private Path passwordFile() {
        return dataDir.resolve("password");
    }

    private Path cluster() {
        return dataDir.resolve("data");
    }

    /// A cluster is made under another name and renamed when it is whole, so a start that was
    /// killed half-way is made up for by the next one.
    private void initialise() {
        if (Files.isDirectory(cluster())) {
            return;
        }
        try {
            Files.createDirectories(dataDir);
            byte[] secret = new byte[16];
            new SecureRandom().nextBytes(secret);
            Files.writeString(passwordFile(), HexFormat.of().formatHex(secret) + "\n");
            Path fresh = Files.createTempDirectory(dataDir, "initdb");
            run("initdb", unprivileged(initdb(fresh)));
            Path create = Files.writeString(dataDir.resolve("create.sql"), createDatabase());
            run("create database", unprivileged(singleUser(fresh)), create);
            Files.delete(create);
            Files.move(fresh, cluster());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot initialise PostgreSQL in " + dataDir, e);
        }
    }

    private List<String> initdb(Path fresh) {
        return List.of(
                program("initdb"),
                "--pgdata=" + fresh,
                "--username=" + NAME,
                "--pwfile=" + passwordFile(),
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions",
                "--no-sync");
    }

    private static String createDatabase() {
        return "CREATE DATABASE " + NAME + "\n";
    }

    private List<String> singleUser(Path fresh) {
        return List.of(program("postgres"), "--single", "-F", "-D", fresh.toString(), "postgres");
    }

    private void launch() {
        String flush = durable ? "on" : "off";
        List<String> command = new ArrayList<>();
        command.addAll(List.of(program("postgres"), "-D", cluster().toString()));
        settings(flush).forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        process = ChildProcess.start("PostgreSQL", unprivileged(command), Map.of(), dataDir, log());
        Readiness.await(process, START_LIMIT, this::isReady);
    }

    private Map<String, String> settings(String flush) {
        return Map.of(
                "listen_addresses", "127.0.0.1",
                "port", Integer.toString(port),
                "unix_socket_directories", "",
                "fsync", flush,
                "full_page_writes", flush,
                "shared_buffers", "32MB",
                "wal_level", "minimal",
                "max_wal_senders", "0",
                "jit", "off");
    }

    private Path log() {
        return dataDir.resolve("postgres.log");
    }

    private String program(String name) {
        return PostgresBinaries.home().resolve("bin").resolve(name).toString();
    }

    private List<String> unprivileged(List<String> command) {
        return Unprivileged.command(dataDir, command);
    }

    /// The server writes its state to the eighth line of `postmaster.pid`, under its process
    /// id.
    private boolean isReady() {
        try {
            List<String> lines = Files.readAllLines(cluster().resolve("postmaster.pid"));
            return lines.size() >= 8
                    && lines.getFirst().strip().equals(Long.toString(process.pid()))
                    && lines.get(7).strip().equals("ready");
        } catch (NoSuchFileException notYet) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the state of PostgreSQL", e);
        }
    }

    private void run(String what, List<String> command) {
        run(what, command, Path.of("/dev/null"));
    }

    private void run(String what, List<String> command, Path input) {
        try {
            Process done =
                    new ProcessBuilder(command)
                            .redirectInput(input.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                            .start();
            int status = done.waitFor();
            if (status != 0) {
                throw new IllegalStateException(
                        what + " ended with status " + status + "; see " + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + command.getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + what, e);
        }
    }
}
