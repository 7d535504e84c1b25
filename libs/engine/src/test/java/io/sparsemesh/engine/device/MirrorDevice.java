package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// A device in the host's memory on one with memory of its own, so that tests can read and write
/// operands as they are. Every operation takes its operands there and back, with the same strides
/// and alignment, and fails if anything was written beside what it may write.
public final class MirrorDevice extends RelayedDevice {

    private final Device remote;
    private final Passage passage;

    /// @param remote a device whose memory only its own operations reach; closed with this one
    public MirrorDevice(Device remote) {
        this(remote, new MirrorPassage(remote));
    }

    private MirrorDevice(Device remote, Passage passage) {
        super("mirror", remote, passage);
        this.remote = remote;
        this.passage = passage;
    }

    /// Host memory with what new memory of the other device holds, which should be zeros.
    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        Matrix host = Matrix.allocate(arena, rows, cols);
        try (Arena own = Arena.ofShared()) {
            remote.download(remote.allocate(own, rows, cols), host);
        }
        return host;
    }

    /// Filled with values that are not a number.
    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        Matrix host = Matrix.allocate(arena, rows, cols);
        host.data().fill((byte) 0xff);
        return host;
    }

    @Override
    public void upload(Matrix host, Matrix device) {
        passage.run("upload", on -> remote.upload(host, on.write(device)));
    }

    @Override
    public void download(Matrix device, Matrix host) {
        passage.run("download", on -> remote.download(on.read(device), host));
    }
}
