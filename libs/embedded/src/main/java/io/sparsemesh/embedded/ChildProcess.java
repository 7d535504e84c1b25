package io.sparsemesh.embedded;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A process on this machine that must not outlive this JVM: it ends by {@link #close}, and
/// when the JVM is gone, however it went, a watchdog ends it. Its output goes to a log file.
public final class ChildProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /// Starts a command.
    ///
    /// @param name what messages call it
    /// @param command the program, found on the PATH or by its absolute path, and its
    ///     arguments
    /// @param environment variables added to those of this JVM
    /// @param directory working directory
    /// @param log file that standard output and error are appended to
    /// @throws UncheckedIOException if the program cannot be started
    public static ChildProcess start(
            String name,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            Path log) {
        List<String> line = new ArrayList<>(Sessions.prefix());
        line.addAll(command);
        File file = log.toFile();
        ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
        builder.environment().putAll(environment);
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(file));
        try {
            ChildProcess child = new ChildProcess(name, builder.start(), log);
            Watchdog.watch(child.pid());
            child.process.onExit().thenAccept(gone -> Watchdog.forget(gone.pid()));
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be started: " + line.getFirst(), e);
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Path log() {
        return log;
    }

    /// Completes with the exit status when the process has ended.
    public CompletableFuture<Integer> onExit() {
        return process.onExit().thenApply(Process::exitValue);
    }

    /// Returns the processes that this one has started, and those that they have.
    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /// Processor time that the process and those that it has started have used; of those that have
    /// ended, nothing is known.
    public Duration processorTime() {
        Duration sum = Duration.ZERO;
        for (ProcessHandle one :
                Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList()) {
            sum = sum.plus(one.info().totalCpuDuration().orElse(Duration.ZERO));
        }
        return sum;
    }

    /// SIGKILL, and waits until the process is gone.
    public void kill() {
        process.destroyForcibly();
        await(Duration.ofSeconds(30));
    }

    /// SIGTERM, and SIGKILL if the process has not ended after `grace`.
    public void stop(Duration grace) {
        process.destroy();
        awaitOrKill(grace);
    }

    /// Waits for the process to end, and SIGKILLs it if it has not after `grace`.
    void awaitOrKill(Duration grace) {
        if (!await(grace)) {
            kill();
        }
    }

    /// Stops the process with a grace of ten seconds.
    @Override
    public void close() {
        stop(Duration.ofSeconds(10));
    }

    /// Returns the last lines of the log, for a message about a process that did not do what
    /// it should. Frames of stack traces are left out: where it happened stands in the log.
    public String logTail(int lines) {
        try {
            List<String> all =
                    Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                            .filter(line -> !line.startsWith("\tat ") && !line.startsWith("\t... "))
                            .toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "(log " + log + " is unreadable: " + e.getMessage() + ")";
        }
    }

    private boolean await(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }
}
