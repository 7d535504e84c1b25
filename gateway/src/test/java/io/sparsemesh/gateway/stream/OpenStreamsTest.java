package io.sparsemesh.gateway.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.gateway.access.Tenant;
import io.sparsemesh.gateway.problem.ProblemException;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class OpenStreamsTest {

    private static final Tenant TENANT = new Tenant("a");
    private static final int MOST = 2;
    private static final int THREADS = 8;

    @Test
    void aTenantHasAsManyAsItMay() {
        OpenStreams open = new OpenStreams(MOST);
        assertThat(open.opened(TENANT)).isTrue();
        open.requireRoom(TENANT);
        assertThat(open.opened(TENANT)).isTrue();

        assertThatThrownBy(() -> open.requireRoom(TENANT))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("at most 2 event streams");
        assertThat(open.opened(TENANT)).isFalse();
        assertThat(open.opened(new Tenant("b"))).isTrue();
        assertThat(open.all()).isEqualTo(3);
        open.closed(TENANT);
        assertThat(open.opened(TENANT)).isTrue();
        assertThat(open.all()).isEqualTo(3);
    }

    @Test
    void thoseThatComeAtTheSameTimeAreNoMore() throws Exception {
        CyclicBarrier together = new CyclicBarrier(THREADS);
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int round = 0; round < 2_000; round++) {
                OpenStreams open = new OpenStreams(MOST);
                Callable<Boolean> one =
                        () -> {
                            together.await();
                            return open.opened(TENANT);
                        };
                int opened = 0;
                for (Future<Boolean> f : threads.invokeAll(Collections.nCopies(THREADS, one))) {
                    opened += f.get() ? 1 : 0;
                }
                assertThat(opened).as("round %d", round).isEqualTo(MOST);
                assertThat(open.all()).isEqualTo(MOST);
            }
        }
    }
}
