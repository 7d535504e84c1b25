package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Measures everything of a mesh that might grow, each with a bound beyond which it does.
final class SoakProbe {

    private static final Trend.Bound HEAP = new Trend.Bound(0.05, 2);
    private static final Trend.Bound MEMORY = new Trend.Bound(0.10, 16);
    private static final Trend.Bound COUNT = new Trend.Bound(0.05, 5);
    private static final Trend.Bound KIBI = new Trend.Bound(0.15, 256);
    private static final Trend.Bound ROWS = new Trend.Bound(0.25, 500);
    private static final Trend.Bound DEAD = new Trend.Bound(0.25, 1000);

    /// A server process of PostgreSQL opens the files that it comes across and keeps them open.
    private static final Trend.Bound DATABASE_FILES = new Trend.Bound(0.20, 20);

    private static final Trend.Bound TOPICS = new Trend.Bound(0.25, 2048);
    private static final double KIBIBYTE = 1024;

    private static final String TABLES =
            """
            select schemaname || '.' || relname, n_live_tup, n_dead_tup,
                pg_total_relation_size(relid)
            from pg_stat_user_tables where relname not like 'flyway%'
            """;

    /// The one event that stays of a deleted job is no part of it.
    private static final String EVENTS =
            "select count(*) from gateway.event where type <> 'job.removed'";

    private final TestMesh mesh;
    private final Path home;
    private final MeshDatabase database;
    private final Map<String, Trend.Bound> bounds = new TreeMap<>();

    /// @param home of the mesh, with `tmp`, the services' folder for temporary files
    SoakProbe(TestMesh mesh, Path home) {
        this.mesh = mesh;
        this.home = home;
        this.database = new MeshDatabase(mesh);
    }

    /// Bounds of all that was measured.
    Map<String, Trend.Bound> bounds() {
        return bounds;
    }

    Map<String, Double> measure() throws IOException, SQLException, InterruptedException {
        Map<String, Double> sample = new TreeMap<>();
        for (TestMesh.Service service : mesh.services().toList()) {
            sample.putAll(ProcessUse.ofJvm(service.name, service.pid()));
        }
        sample.putAll(ProcessUse.ofJvm("kafka", mesh.kafka.pid()));
        sample.putAll(ProcessUse.ofTree("postgres", mesh.postgres.pid()));
        sample.keySet().forEach(name -> bounds.put(name, processBound(name)));
        tables(sample);
        folders(sample);
        return sample;
    }

    private static Trend.Bound processBound(String name) {
        if (name.endsWith("live heap MiB")) {
            return HEAP;
        }
        if (name.equals("postgres open files")) {
            return DATABASE_FILES;
        }
        return name.endsWith("memory MiB") ? MEMORY : COUNT;
    }

    private record TableUse(String name, double rows, double dead, double bytes) {}

    private void tables(Map<String, Double> sample) throws SQLException {
        for (TableUse table :
                database.list(
                        TABLES,
                        row ->
                                new TableUse(
                                        row.getString(1),
                                        row.getDouble(2),
                                        row.getDouble(3),
                                        row.getDouble(4)))) {
            put(sample, table.name() + " dead rows", table.dead(), DEAD);
            put(sample, table.name() + " rows", table.rows(), ROWS);
            put(sample, table.name() + " KiB", table.bytes() / KIBIBYTE, KIBI);
        }
        put(sample, "gateway.event rows of kept jobs", database.count(EVENTS), ROWS);
    }

    private void folders(Map<String, Double> sample) throws IOException {
        Folder store = Folder.of(home.resolve("store"));
        put(sample, "store files", store.files, ROWS);
        put(sample, "store KiB", store.bytes / KIBIBYTE, KIBI);
        put(sample, "temporary files", Folder.of(home.resolve("tmp")).files, COUNT);
        put(sample, "topics KiB", topics().bytes / KIBIBYTE, TOPICS);
    }

    /// Records of all topics; the controller's own log is cut once an hour.
    private Folder topics() throws IOException {
        return Folder.of(
                home.resolve("kafka/log"),
                file -> file.toString().endsWith(".log") && !file.toString().contains("__cluster"));
    }

    private void put(Map<String, Double> sample, String name, double value, Trend.Bound bound) {
        sample.put(name, value);
        bounds.put(name, bound);
    }

    /// What is in a folder; files may go while it is looked at.
    private static final class Folder extends SimpleFileVisitor<Path> {
        private final Predicate<Path> wanted;
        private double files;
        private double bytes;

        private Folder(Predicate<Path> wanted) {
            this.wanted = wanted;
        }

        static Folder of(Path path) throws IOException {
            return of(path, _ -> true);
        }

        static Folder of(Path path, Predicate<Path> wanted) throws IOException {
            Folder folder = new Folder(wanted);
            if (Files.isDirectory(path)) {
                Files.walkFileTree(path, folder);
            }
            return folder;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (wanted.test(file)) {
                files++;
                bytes += attributes.size();
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException gone) {
            return FileVisitResult.CONTINUE;
        }
    }
}
