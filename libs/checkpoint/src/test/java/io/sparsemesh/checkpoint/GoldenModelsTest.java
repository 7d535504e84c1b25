package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders written by the Python libraries: every tensor reads, and a copy has the same bytes.
class GoldenModelsTest {

    private static final Path SHARED =
            Path.of(System.getProperty("sparsemesh.shared", "../shared"));

    @TempDir Path folder;

    @Test
    void allGoldenModelsReadAndCopyByteForByte() throws IOException {
        List<Path> models = subfolders("golden/models");

        for (Path model : models) {
            readAndCopy(model);
        }

        assertThat(models).hasSize(32);
    }

    @Test
    void trainedModelsReadAndCopyByteForByte() {
        for (String name : List.of("models/stories260K", "models/babyllama-105")) {
            readAndCopy(shared(name));
        }
    }

    /// This one was not written by the safetensors library: its JSON has other spaces.
    @Test
    void headerInAnotherSpellingIsCopiedTensorForTensor() {
        Path target = folder.resolve("copy");
        try (ModelFolder model = ModelFolder.open(shared("demo-model/valley-opt"))) {
            ModelFolderWriter.write(model, Map.of(), target, ModelFolderWriter.IfExists.REFUSE);
            try (ModelFolder copy = ModelFolder.open(target)) {
                assertThat(copy.tensors()).isEqualTo(model.tensors());
                for (String name : model.tensors().keySet()) {
                    assertThat(copy.tensor(name).data().mismatch(model.tensor(name).data()))
                            .isEqualTo(-1);
                }
            }
        }
    }

    private void readAndCopy(Path path) {
        Path target = folder.resolve(path.getFileName());
        try (ModelFolder model = ModelFolder.open(path)) {
            assertThat(model.modelType()).isNotEmpty();
            assertThat(model.tensors()).isNotEmpty();
            model.tensors().keySet().forEach(name -> assertReadable(model.tensor(name)));
            List<FileDigest> files =
                    ModelFolderWriter.write(
                            model, Map.of(), target, ModelFolderWriter.IfExists.REFUSE);
            assertThat(files).hasSameSizeAs(RawFiles.entries(target));
            for (FileDigest file : files) {
                assertThat(FileDigest.of(path.resolve(file.name()))).as("%s", path).isEqualTo(file);
            }
        }
    }

    private static void assertReadable(Tensor tensor) {
        if (tensor.dtype().isFloat()) {
            for (float value : tensor.toFloats()) {
                if (Float.isNaN(value)) {
                    throw new AssertionError(tensor.name() + " holds NaN");
                }
            }
        } else {
            assertThat(tensor.readLongs(0, Math.toIntExact(tensor.elements())))
                    .hasSize(Math.toIntExact(tensor.elements()));
        }
    }

    private static List<Path> subfolders(String name) throws IOException {
        try (Stream<Path> list = Files.list(shared(name))) {
            return list.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static Path shared(String name) {
        Path path = SHARED.resolve(name);
        assumeTrue(Files.isDirectory(path), "no shared folder " + path);
        return path;
    }
}
