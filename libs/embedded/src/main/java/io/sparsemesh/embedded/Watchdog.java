package io.sparsemesh.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A small shell process that outlives this JVM by a few seconds and ends the children it
/// left behind.
///
/// It reads child ids from a pipe whose other end only this JVM holds. The pipe ends when the
/// JVM does, also by `kill -9`; then every child still on the list gets SIGTERM and, three
/// seconds later, SIGKILL.
final class Watchdog {
    private static final String SCRIPT =
            """
            trap '' INT TERM HUP
            pids=
            while read -r op pid; do
              rest=
              for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done
              [ "$op" = + ] && rest="$rest $pid"
              pids=$rest
            done
            for p in $pids; do kill -TERM "$p" 2>/dev/null; done
            for round in 1 2 3; do
              alive=
              for p in $pids; do kill -0 "$p" 2>/dev/null && alive="$alive $p"; done
              [ -z "$alive" ] && exit 0
              pids=$alive
              sleep 1
            done
            for p in $pids; do kill -KILL "$p" 2>/dev/null; done
            """;

    private static OutputStream pipe;

    private Watchdog() {}

    static void watch(long pid) {
        tell("+ " + pid);
    }

    static void forget(long pid) {
        tell("- " + pid);
    }

    private static synchronized void tell(String line) {
        try {
            if (pipe == null) {
                pipe = start();
            }
            pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the watchdog of child processes is gone", e);
        }
    }

    private static OutputStream start() throws IOException {
        List<String> command = new ArrayList<>(Sessions.prefix());
        command.addAll(List.of("/bin/sh", "-c", SCRIPT, "sparsemesh-watchdog"));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .getOutputStream();
    }
}
