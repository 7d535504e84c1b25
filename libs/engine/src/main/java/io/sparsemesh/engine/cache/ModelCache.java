package io.sparsemesh.engine.cache;

import io.sparsemesh.engine.device.Device;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Keeps the models that were used last open, as long as their files are the same. Each runs on the
/// device [with][Device#with] operands of
/// [its weights' type][io.sparsemesh.engine.model.ModelDescription#operands];
/// [Families][io.sparsemesh.engine.family.Families]
/// alone leaves that to the caller. For one thread; a model is in use until the next call of
/// [#open].
public final class ModelCache implements AutoCloseable {

    private final Device device;
    private final int capacity;
    private final long blockMemory;
    private final Map<List<FileStamp>, OpenModel> models = new LinkedHashMap<>(4, 0.75f, true);

    /// @param device of all models, the caller's
    /// @param capacity models that are open at most, at least 1
    /// @param blockMemory bytes that the blocks of all of them may occupy for scoring
    public ModelCache(Device device, int capacity, long blockMemory) {
        this.device = device;
        this.capacity = capacity;
        this.blockMemory = blockMemory;
    }

    /// The model in a folder; the cache closes it.
    ///
    /// @throws io.sparsemesh.checkpoint.CheckpointException when the folder is not a model's
    /// @throws io.sparsemesh.engine.model.UnsupportedModelException when its type is not supported
    public OpenModel open(Path path) {
        List<FileStamp> stamps = FileStamp.ofFolder(path);
        OpenModel known = models.get(stamps);
        if (known != null) {
            return known;
        }
        Iterator<OpenModel> oldest = models.values().iterator();
        while (models.size() >= capacity) {
            oldest.next().close();
            oldest.remove();
        }
        OpenModel opened = new OpenModel(path, device, blockMemory / capacity);
        models.put(stamps, opened);
        return opened;
    }

    @Override
    public void close() {
        models.values().forEach(OpenModel::close);
        models.clear();
    }
}
