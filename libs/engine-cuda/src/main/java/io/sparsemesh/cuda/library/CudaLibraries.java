package io.sparsemesh.cuda.library;

import io.sparsemesh.engine.device.DeviceException;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the libraries of CUDA: in the folders of `SPARSEMESH_CUDA_LIBS`, on the loader's path, in
/// the toolkit's folders. What is found stays loaded as long as the process.
public final class CudaLibraries {

    /// Folders that are looked in first, separated like a path; the system property of the same
    /// meaning, `sparsemesh.cuda.libs`, goes before it.
    public static final String VARIABLE = "SPARSEMESH_CUDA_LIBS";

    static final String PROPERTY = "sparsemesh.cuda.libs";

    /// Newest first.
    private static final List<String> VERSIONS = List.of("13", "12");

    private static final Path LOCAL = Path.of("/usr/local");

    private CudaLibraries() {}

    /// Where a library was found.
    ///
    /// @param place its file, or its name where the loader knows the folder
    public record Found(String place, SymbolLookup symbols) {}

    /// The driver's library, which comes with the driver and not with the toolkit.
    ///
    /// @throws DeviceException when it is nowhere, with the places that were tried
    public static Found driver() {
        return find("libcuda", List.of("libcuda.so.1"));
    }

    /// The driver's library of what `nvidia-smi` shows.
    ///
    /// @throws DeviceException when it is nowhere, with the places that were tried
    public static Found management() {
        return find("libnvidia-ml", List.of("libnvidia-ml.so.1"));
    }

    /// A library of the toolkit.
    ///
    /// @param name such as `cublas`
    /// @throws DeviceException when it is nowhere, with the places that were tried
    public static Found toolkit(String name) {
        return find(
                "lib" + name,
                VERSIONS.stream().map(v -> "lib%s.so.%s".formatted(name, v)).toList());
    }

    private static Found find(String what, List<String> names) {
        List<String> tried = new ArrayList<>();
        for (String name : names) {
            for (String place : places(name)) {
                Optional<Found> found = open(place, tried);
                if (found.isPresent()) {
                    return found.get();
                }
            }
        }
        throw new DeviceException(
                "open cuda",
                0,
                "%s: expected one of %s on the loader's path, in %s or in a folder that %s names, found none; tried %s"
                        .formatted(what, names, LOCAL.resolve("cuda/lib64"), VARIABLE, tried));
    }

    private static List<String> places(String name) {
        return Stream.of(
                        configured().stream().map(folder -> folder.resolve(name).toString()),
                        Stream.of(name),
                        toolkits().stream().map(folder -> folder.resolve(name).toString()))
                .flatMap(places -> places)
                .toList();
    }

    private static Optional<Found> open(String place, List<String> tried) {
        if (place.contains(File.separator) && !Files.exists(Path.of(place))) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Found(place, SymbolLookup.libraryLookup(place, Arena.global())));
        } catch (IllegalArgumentException e) {
            tried.add("%s (%s)".formatted(place, e.getMessage()));
            return Optional.empty();
        }
    }

    private static List<Path> configured() {
        String value = System.getProperty(PROPERTY, System.getenv().getOrDefault(VARIABLE, ""));
        return Stream.of(value.split(File.pathSeparator))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .toList();
    }

    private static List<Path> toolkits() {
        List<Path> homes = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            Optional.ofNullable(System.getenv(variable)).map(Path::of).ifPresent(homes::add);
        }
        homes.add(LOCAL.resolve("cuda"));
        homes.addAll(versionedHomes());
        return homes.stream()
                .flatMap(home -> Stream.of(home.resolve("lib64"), home.resolve("lib")))
                .toList();
    }

    private static List<Path> versionedHomes() {
        List<Path> homes = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(LOCAL, "cuda-*")) {
            folders.forEach(homes::add);
        } catch (IOException e) {
            return List.of(); // No such folder: no toolkit there.
        }
        return homes.stream().sorted().toList().reversed();
    }
}
