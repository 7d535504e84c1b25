package io.sparsemesh.engine.device.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {

    private static final long PAGE = LargeMemory.PAGE;

    @Test
    void memoryThatCameBackIsLentAgain() {
        try (MemoryPool pool = new MemoryPool(10 * PAGE)) {
            long first = addressOfOneUse(pool, 4 * PAGE - 5);

            assertThat(pool.keptBytes()).isEqualTo(4 * PAGE);
            assertThat(addressOfOneUse(pool, 4 * PAGE)).isEqualTo(first);
            assertThat(addressOfOneUse(pool, 2 * PAGE)).isNotEqualTo(first);
            assertThat(pool.keptBytes()).isEqualTo(6 * PAGE);
        }
    }

    private static long addressOfOneUse(MemoryPool pool, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = pool.lend(arena, bytes);
            assertThat(memory.byteSize()).isGreaterThanOrEqualTo(bytes);
            memory.set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 1);
            return memory.address();
        }
    }

    @Test
    void twoLoansAtOnceDoNotOverlap() {
        try (MemoryPool pool = new MemoryPool(10 * PAGE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment first = pool.lend(arena, PAGE);
            MemorySegment second = pool.lend(arena, PAGE);

            assertThat(Math.abs(first.address() - second.address())).isGreaterThanOrEqualTo(PAGE);
        }
    }

    @Test
    void moreThanTheCapacityIsNotKept() {
        try (MemoryPool pool = new MemoryPool(3 * PAGE)) {
            try (Arena arena = Arena.ofConfined()) {
                pool.lend(arena, 2 * PAGE);
                pool.lend(arena, 2 * PAGE);
            }

            assertThat(pool.keptBytes()).isEqualTo(2 * PAGE);
        }
    }

    @Test
    void memoryOfAClosedArenaIsOutOfReach() {
        try (MemoryPool pool = new MemoryPool(PAGE)) {
            MemorySegment memory;
            try (Arena arena = Arena.ofConfined()) {
                memory = pool.lend(arena, PAGE);
            }

            assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whatComesBackToAClosedPoolIsFreed() {
        MemoryPool pool = new MemoryPool(10 * PAGE);
        try (Arena arena = Arena.ofConfined()) {
            pool.lend(arena, PAGE);
            pool.close();
        }

        assertThat(pool.keptBytes()).isZero();
    }
}
