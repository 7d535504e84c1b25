package io.sparsemesh.evaluator.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SliceTest {

    @ParameterizedTest
    @CsvSource({"0, 4", "1, 4", "3, 4", "4, 4", "5, 4", "503, 4", "7, 1", "5000000, 7"})
    void slicesAreAllItemsInOrder(int items, int slices) {
        List<Integer> all = IntStream.range(0, items).boxed().toList();
        List<Integer> together = new ArrayList<>();

        for (int i = 0; i < slices; i++) {
            List<Integer> slice = new Slice(i, slices).of(all);
            assertThat(slice.size()).isBetween(items / slices, items / slices + 1);
            together.addAll(slice);
        }

        assertThat(together).isEqualTo(all);
    }

    @Test
    void boundsDoNotOverflow() {
        List<Integer> many = IntStream.range(0, 3_000_000).boxed().toList();

        assertThat(new Slice(999, 1000).of(many)).hasSize(3000).last().isEqualTo(2_999_999);
    }

    @ParameterizedTest
    @CsvSource({"-1, 4", "4, 4", "0, 0"})
    void sliceOutsideIsRefused(int index, int count) {
        assertThatThrownBy(() -> new Slice(index, count))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a slice of 0 to %d, found %d".formatted(count - 1, index));
    }
}
