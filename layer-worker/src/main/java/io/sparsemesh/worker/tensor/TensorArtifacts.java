package io.sparsemesh.worker.tensor;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Safetensors artifacts, open together. Their tensors are readable until it is closed.
public final class TensorArtifacts implements AutoCloseable {

    private final List<SafetensorsFile> files = new ArrayList<>();
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();

    /// Opens artifacts whose tensors have different names.
    ///
    /// @throws ArtifactException when one is missing, is not what its reference says, or is not a
    ///     safetensors file, or two have a tensor of the same name
    public static TensorArtifacts open(ArtifactStore store, List<ArtifactRef> refs) {
        TensorArtifacts opened = new TensorArtifacts();
        try {
            for (ArtifactRef ref : refs) {
                opened.add(store, ref);
            }
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void add(ArtifactStore store, ArtifactRef ref) {
        SafetensorsFile file = openFile(store, ref);
        files.add(file);
        for (String name : file.tensors().keySet()) {
            if (tensors.put(name, file.tensor(name)) != null) {
                throw new ArtifactException(
                        ref.key(), "tensors that no other artifact has", "a second " + name);
            }
        }
    }

    private static SafetensorsFile openFile(ArtifactStore store, ArtifactRef ref) {
        try {
            return store.withFile(ref, SafetensorsFile::open);
        } catch (CheckpointException e) {
            throw new ArtifactException(ref.key(), "opened", e);
        }
    }

    /// Stores tensors as one artifact.
    ///
    /// @throws ArtifactException before anything is written if there is no room for them
    public static ArtifactRef put(ArtifactStore store, String key, List<TensorSource> tensors) {
        store.requireSpace(key, tensors.stream().mapToLong(TensorSource::byteSize).sum());
        return store.putFile(
                key,
                file ->
                        SafetensorsWriter.writeUnsynced(file, tensors, Map.of("format", "pt"))
                                .sha256());
    }

    /// All tensors by name.
    public SequencedMap<String, Tensor> tensors() {
        return tensors;
    }

    /// The tensor of that name.
    ///
    /// @throws IllegalArgumentException when there is none
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "expected a tensor '%s', found %s".formatted(name, tensors.keySet()));
        }
        return tensor;
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
