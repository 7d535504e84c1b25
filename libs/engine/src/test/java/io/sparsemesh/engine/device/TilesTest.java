package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TilesTest {

    @ParameterizedTest
    @CsvSource({"1,0", "1,100", "2,1", "3,100", "4,3"})
    void everyTileRunsOnceOnAWorkerOfItsOwn(int threads, int count) {
        try (Tiles tiles = new Tiles(threads)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(count);
            AtomicIntegerArray busy = new AtomicIntegerArray(threads);

            tiles.forEach(
                    count,
                    (tile, worker) -> {
                        assertThat(busy.incrementAndGet(worker)).isEqualTo(1);
                        runs.incrementAndGet((int) tile);
                        busy.decrementAndGet(worker);
                    });

            for (int tile = 0; tile < count; tile++) {
                assertThat(runs.get(tile)).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void loopInsideATileRunsOnItsThread(int threads) {
        try (Tiles tiles = new Tiles(threads)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(12);

            tiles.forEach(
                    4,
                    (outer, worker) ->
                            tiles.forEach(
                                    3,
                                    (inner, same) -> {
                                        assertThat(same).isEqualTo(worker);
                                        runs.incrementAndGet((int) (outer * 3 + inner));
                                    }));

            for (int i = 0; i < 12; i++) {
                assertThat(runs.get(i)).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void failureOfATileReachesTheCallerAndTheNextLoopWorks(int threads) {
        try (Tiles tiles = new Tiles(threads)) {
            assertThatThrownBy(
                            () ->
                                    tiles.forEach(
                                            50,
                                            (tile, worker) -> {
                                                throw new ArithmeticException("tile failed");
                                            }))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessage("tile failed");
            AtomicIntegerArray runs = new AtomicIntegerArray(50);
            tiles.forEach(50, (tile, worker) -> runs.incrementAndGet((int) tile));
            for (int tile = 0; tile < 50; tile++) {
                assertThat(runs.get(tile)).isEqualTo(1);
            }
        }
    }
}
