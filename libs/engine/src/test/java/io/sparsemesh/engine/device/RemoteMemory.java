package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;

/// Memory whose addresses the host may know and reckon with, but whose contents it cannot touch, as
/// a GPU's.
final class RemoteMemory implements Passage, CarriedOperands {

    private static final MemorySegment ALL = UntouchableMemory.all();

    /// What was handed out, by its address. A range that was freed stays until it is lent again, so
    /// that its use is refused by its closed arena.
    private final ConcurrentSkipListMap<Long, MemorySegment> lent = new ConcurrentSkipListMap<>();

    /// The same memory out of the host's reach.
    Matrix hide(Matrix local) {
        MemorySegment data = local.data();
        long address = data.address();
        lent.subMap(address, address + data.byteSize()).clear();
        lent.put(address, data);
        return over(ALL.asSlice(address, data.byteSize()), local);
    }

    private static Matrix over(MemorySegment data, Matrix shape) {
        return new Matrix(data, shape.rows(), shape.cols(), shape.stride());
    }

    private static boolean isRemote(Matrix a) {
        return a.data().scope().equals(ALL.scope());
    }

    /// The memory behind one that was handed out, or a view of it.
    private Matrix local(Matrix remote) {
        if (!isRemote(remote)) {
            throw new IllegalArgumentException(
                    "operand [%d x %d]: expected memory of the device, found the host's"
                            .formatted(remote.rows(), remote.cols()));
        }
        MemorySegment data = remote.data();
        Map.Entry<Long, MemorySegment> whole = lent.floorEntry(data.address());
        if (whole == null) {
            throw new IllegalArgumentException(
                    "operand [%d x %d]: expected memory of this device, found another's"
                            .formatted(remote.rows(), remote.cols()));
        }
        long offset = data.address() - whole.getKey();
        return over(whole.getValue().asSlice(offset, data.byteSize()), remote);
    }

    /// Refuses memory of the device where the host's has to be.
    static Matrix host(Matrix a) {
        if (isRemote(a)) {
            throw new IllegalArgumentException(
                    "copy of [%d x %d]: expected memory of the host, found the device's"
                            .formatted(a.rows(), a.cols()));
        }
        return a;
    }

    @Override
    public <T> T compute(String operation, Function<CarriedOperands, T> call) {
        return call.apply(this);
    }

    @Override
    public Matrix read(Matrix a) {
        return local(a);
    }

    @Override
    public Matrix write(Matrix a) {
        return local(a);
    }
}
