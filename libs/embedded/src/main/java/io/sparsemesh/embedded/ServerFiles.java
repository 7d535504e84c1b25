package io.sparsemesh.embedded;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/// Where the build left the servers: the broker's class path and the PostgreSQL archive, as
/// absolute paths of this machine. They are read from `servers.properties`, which the build
/// fills in, so that no consumer of this module has a server on its own class path.
record ServerFiles(
        String brokerClassPath, Path postgresArchive, String postgresVersion, Path buildDirectory) {

    static ServerFiles load() {
        Properties properties = new Properties();
        try (InputStream in = ServerFiles.class.getResourceAsStream("servers.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("servers.properties of libs/embedded is unreadable", e);
        }
        String classPath =
                properties.getProperty("kafka.classpath")
                        + File.pathSeparator
                        + properties.getProperty("build.classes");
        return new ServerFiles(
                classPath,
                existing(properties, "postgres.archive"),
                properties.getProperty("postgres.version"),
                Path.of(properties.getProperty("build.directory")));
    }

    private static Path existing(Properties properties, String key) {
        Path path = Path.of(properties.getProperty(key));
        if (!Files.isReadable(path)) {
            throw new IllegalStateException(
                    "servers.properties: "
                            + key
                            + " expected a readable file, found none at "
                            + path
                            + "; build libs/embedded on this machine");
        }
        return path;
    }
}
