package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
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

    /// What a thread wrote in one operation is in its cache in the next.
    @Test
    void eachThreadBeginsWithTheSamePartOfEveryOperation() {
        try (Tiles tiles = new Tiles(2)) {
            for (int operation = 0; operation < 50; operation++) {
                AtomicIntegerArray workers = new AtomicIntegerArray(10);
                CountDownLatch bothBegan = new CountDownLatch(2);

                tiles.forEach(
                        10,
                        (tile, worker) -> {
                            workers.set((int) tile, worker);
                            if (tile == 0 || tile == 5) {
                                bothBegan.countDown();
                                await(bothBegan);
                            }
                        });

                assertThat(workers.get(0)).isZero();
                assertThat(workers.get(5)).isEqualTo(1);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
