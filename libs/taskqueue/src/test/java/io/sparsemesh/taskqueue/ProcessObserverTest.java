package io.sparsemesh.taskqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.embedded.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessObserverTest {

    private static final String CLOSED = "closed after the task";

    @TempDir private Path folder;

    /// A worker whose thread finds itself unfit, and whose shutdown waits for that thread.
    static final class Unfit {

        public static void main(String[] args) {
            Thread tasks = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(tasks)));
            new ProcessObserver(Optional.empty(), (_, _, _) -> {})
                    .unfit(new IllegalStateException("device lost"));
        }

        private static void close(Thread tasks) {
            try {
                tasks.join();
                System.out.println(CLOSED);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void anUnfitProcessShutsDownInOrderAndExitsWithAFault() throws Exception {
        Path log = folder.resolve("log");
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Unfit.class.getName());
        try (ChildProcess process = ChildProcess.start("unfit", command, Map.of(), folder, log)) {
            assertThat(process.onExit().get(40, TimeUnit.SECONDS)).isEqualTo(4);
        }
        assertThat(Files.readString(log)).contains(CLOSED);
    }
}
