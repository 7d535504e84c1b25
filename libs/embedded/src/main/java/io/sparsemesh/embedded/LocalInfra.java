package io.sparsemesh.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The Kafka broker and the PostgreSQL server that all tests of one JVM share. Each starts
/// when first asked for, in a temporary folder, and goes with the JVM.
///
/// What is shared lives in system properties, so it is one per JVM even when this class is
/// loaded by many class loaders, as Quarkus does. Tests that kill servers start their own
/// {@link LocalKafka} and {@link LocalPostgres} instead.
public final class LocalInfra {
    private static final String PREFIX = "sparsemesh.local.";
    private static final LocalInfra SHARED = new LocalInfra();

    private LocalInfra() {}

    /// Returns the servers of this JVM. Nothing starts before it is asked for.
    public static LocalInfra shared() {
        return SHARED;
    }

    /// Starts what is not running yet, both at once.
    public LocalInfra startBoth() {
        Thread kafka = Thread.ofPlatform().start(this::bootstrapServers);
        jdbcUrl();
        try {
            kafka.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        bootstrapServers();
        return this;
    }

    /// Returns the address of the broker, starting it if need be.
    public String bootstrapServers() {
        return shared("kafka", LocalInfra::startKafka);
    }

    /// Returns the URL of the database `sparsemesh`, starting the server if need be.
    public String jdbcUrl() {
        return postgres()[0];
    }

    public String user() {
        return postgres()[1];
    }

    public String password() {
        return postgres()[2];
    }

    /// Creates topics of one partition; see {@link KafkaSetup}.
    public void createTopics(String... names) {
        KafkaSetup.createTopics(bootstrapServers(), 1, names);
    }

    /// See {@link KafkaSetup#readShareGroupFromStart}.
    public void readShareGroupFromStart(String group) {
        KafkaSetup.readShareGroupFromStart(bootstrapServers(), group);
    }

    private String[] postgres() {
        return shared("postgres", LocalInfra::startPostgres).split("\n");
    }

    /// The lock is an interned string: the same object for every class loader of the JVM.
    private static String shared(String server, Supplier<String> start) {
        String key = (PREFIX + server).intern();
        synchronized (key) {
            String known = System.getProperty(key);
            if (known == null) {
                known = start.get();
                System.setProperty(key, known);
            }
            return known;
        }
    }

    private static String startKafka() {
        Path folder = temporaryFolder("kafka");
        LocalKafka kafka = LocalKafka.start(folder);
        atExit(kafka::kill, folder);
        return kafka.bootstrapServers();
    }

    private static String startPostgres() {
        Path folder = temporaryFolder("postgres");
        LocalPostgres postgres = LocalPostgres.start(folder);
        atExit(postgres::kill, folder);
        return String.join("\n", postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    /// Makes a folder for tests that goes with this JVM.
    ///
    /// @param name part of its name
    public Path newFolder(String name) {
        Path folder = temporaryFolder(name);
        atExit(() -> {}, folder);
        return folder;
    }

    private static Path temporaryFolder(String server) {
        try {
            return Files.createTempDirectory("sparsemesh-" + server);
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder for " + server, e);
        }
    }

    private static void atExit(Runnable stop, Path folder) {
        Runnable end =
                () -> {
                    stop.run();
                    delete(folder);
                };
        Runtime.getRuntime().addShutdownHook(new Thread(end));
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        }
    }
}
