package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;

/// A device whose memory the host cannot touch, as a GPU's, on one whose memory it can: whoever
/// reads or writes a matrix of it otherwise than by [#upload], [#download] and its operations gets
/// a [WrongThreadException]. Operations refuse memory of the host, and memory that was freed.
public final class RemoteDevice extends RelayedDevice {

    private final Device local;
    private final RemoteMemory memory;

    /// @param local a device in the host's memory; closed with this one
    public RemoteDevice(Device local) {
        this(local, new RemoteMemory());
    }

    private RemoteDevice(Device local, RemoteMemory memory) {
        super("remote", local, memory);
        this.local = local;
        this.memory = memory;
    }

    @Override
    public Matrix allocate(Arena arena, long rows, long cols) {
        return memory.hide(local.allocate(arena, rows, cols));
    }

    /// Filled with values that are not a number.
    @Override
    public Matrix scratch(Arena arena, long rows, long cols) {
        Matrix scratch = local.scratch(arena, rows, cols);
        scratch.data().fill((byte) 0xff);
        return memory.hide(scratch);
    }

    @Override
    public void upload(Matrix host, Matrix device) {
        local.upload(RemoteMemory.host(host), memory.write(device));
    }

    @Override
    public void download(Matrix device, Matrix host) {
        local.download(memory.read(device), RemoteMemory.host(host));
    }
}
