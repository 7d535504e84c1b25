package io.sparsemesh.cuda;

import io.sparsemesh.engine.device.Heads;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The first columns of heads as kernels take them, see `head_column` of their prelude: a list in
/// device memory, or, as nearly all projections have it, a constant spacing that needs no list.
///
/// @param list address of the columns as longs; 0 when head h begins at `first + h * spacing`
/// @param count of the heads
record HeadColumns(long list, long first, long spacing, int count) {

    /// @param arena keeps the list
    static HeadColumns of(Gpu gpu, Arena arena, Heads heads) {
        List<Long> columns = heads.columns();
        long first = columns.isEmpty() ? 0 : columns.getFirst();
        long spacing = columns.size() < 2 ? 0 : columns.get(1) - first;
        for (int h = 0; h < columns.size(); h++) {
            if (columns.get(h) != first + h * spacing) {
                return listed(gpu, arena, columns);
            }
        }
        return new HeadColumns(0, first, spacing, columns.size());
    }

    private static HeadColumns listed(Gpu gpu, Arena arena, List<Long> columns) {
        long[] values = columns.stream().mapToLong(Long::longValue).toArray();
        long address = gpu.uploaded(arena, MemorySegment.ofArray(values)).data().address();
        return new HeadColumns(address, 0, 0, values.length);
    }

    /// Heads side by side.
    static HeadColumns adjacent(long size, int count) {
        return new HeadColumns(0, 0, size, count);
    }
}
