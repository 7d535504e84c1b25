package io.sparsemesh.deploy.licence;

import java.nio.file.Path;
import java.util.Optional;

/// A dependency by its coordinates.
record Dependency(String group, String artifact, String version) implements Comparable<Dependency> {

    /// @param line `group:artifact:classifier:type:version`, as Quarkus lists what it has packaged
    static Dependency ofLine(String line) {
        String[] parts = line.strip().split(":");
        return new Dependency(parts[0], parts[1], parts[parts.length - 1]);
    }

    /// @param jar on the class path
    /// @return nothing if it does not lie in the repository
    static Optional<Dependency> ofJar(Path repository, Path jar) {
        if (!jar.startsWith(repository)) {
            return Optional.empty();
        }
        Path path = repository.relativize(jar);
        int names = path.getNameCount();
        return Optional.of(
                new Dependency(
                        path.subpath(0, names - 3).toString().replace('/', '.'),
                        path.getName(names - 3).toString(),
                        path.getName(names - 2).toString()));
    }

    Path pom(Path repository) {
        return repository
                .resolve(group.replace('.', '/'))
                .resolve(artifact)
                .resolve(version)
                .resolve("%s-%s.pom".formatted(artifact, version));
    }

    @Override
    public int compareTo(Dependency other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return group + ":" + artifact + ":" + version;
    }
}
