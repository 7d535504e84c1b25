package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SplitTest {

    @Property
    void piecesCoverTheRangeWithoutGapsOrEmptyOnes(
            @ForAll @IntRange(min = 0, max = 5000) int length,
            @ForAll @IntRange(min = 16, max = 600) int largest,
            @ForAll @IntRange(min = 1, max = 16) int grain) {
        Split split = Split.of(length, largest, grain);

        long next = 0;
        for (long i = 0; i < split.pieces(); i++) {
            assertThat(split.from(i)).isEqualTo(next);
            assertThat(split.to(i) - split.from(i)).isBetween(1L, (long) largest + grain - 1);
            next = split.to(i);
        }
        assertThat(next).isEqualTo(length);
    }
}
