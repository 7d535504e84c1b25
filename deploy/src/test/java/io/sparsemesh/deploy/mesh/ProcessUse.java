package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a process of this machine holds, by `/proc` and, for a JVM, by `jcmd`.
final class ProcessUse {

    private static final Pattern TOTAL =
            Pattern.compile("^Total\\s+\\d+\\s+(\\d+)", Pattern.MULTILINE);
    private static final double MEBI = 1 << 20;

    private ProcessUse() {}

    /// Live heap after a full collection, memory, threads and open files of a JVM.
    ///
    /// @throws IOException if the process does not answer
    static Map<String, Double> ofJvm(String name, long pid)
            throws IOException, InterruptedException {
        Map<String, Double> use = new TreeMap<>();
        use.put(name + " live heap MiB", liveHeap(pid) / MEBI);
        use.putAll(of(name, Stream.of(pid).toList()));
        return use;
    }

    /// The same of a server with one process for each client.
    static Map<String, Double> ofTree(String name, long pid) throws IOException {
        ProcessHandle parent = ProcessHandle.of(pid).orElseThrow();
        List<Long> pids =
                Stream.concat(Stream.of(parent), parent.descendants())
                        .map(ProcessHandle::pid)
                        .toList();
        Map<String, Double> use = of(name, pids);
        use.put(name + " processes", (double) pids.size());
        return use;
    }

    private static Map<String, Double> of(String name, List<Long> pids) throws IOException {
        double memory = 0;
        double threads = 0;
        double files = 0;
        for (long pid : pids) {
            memory += proportionalKilobytes(pid) / 1024;
            threads += entries(pid, "task");
            files += entries(pid, "fd");
        }
        Map<String, Double> use = new TreeMap<>();
        use.put(name + " memory MiB", memory);
        use.put(name + " threads", threads);
        use.put(name + " open files", files);
        return use;
    }

    /// The histogram counts what a full collection leaves.
    private static double liveHeap(long pid) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process process =
                new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        Matcher total = TOTAL.matcher(answer);
        if (!total.find()) {
            throw new IOException("jcmd %d: expected a total, found %s".formatted(pid, answer));
        }
        return Double.parseDouble(total.group(1));
    }

    /// What several processes share counts in parts, so that the sum is what is in use.
    private static double proportionalKilobytes(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith("Pss:"))
                    .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]))
                    .findFirst()
                    .orElseThrow();
        } catch (NoSuchFileException ended) {
            return 0;
        }
    }

    private static double entries(long pid, String kind) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/" + pid + "/" + kind))) {
            return entries.count();
        } catch (NoSuchFileException ended) {
            return 0;
        }
    }
}
