package io.sparsemesh.deploy.document;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs a block of shell commands in one bash, command by command.
public final class ShellBlock {
    private static final Pattern STATUS = Pattern.compile("@@(\\d+) (\\d+)@@\\n");

    private ShellBlock() {}

    /// @param status exit status
    /// @param output both streams
    public record Ran(String command, int status, String output) {}

    /// @throws IllegalStateException if the block does not end within the limit
    public static List<Ran> run(
            String block, Path folder, Map<String, String> environment, long limitSeconds)
            throws IOException, InterruptedException {
        List<String> commands = commands(block);
        StringBuilder script = new StringBuilder();
        for (int i = 0; i < commands.size(); i++) {
            script.append(commands.get(i))
                    .append("\nprintf '@@%d %d@@\\n' ")
                    .append(i)
                    .append(" $?\n");
        }
        String output = output(script.toString(), folder, environment, limitSeconds);
        List<Ran> ran = new ArrayList<>();
        int begin = 0;
        for (Matcher m = STATUS.matcher(output); m.find(); begin = m.end()) {
            ran.add(
                    new Ran(
                            commands.get(Integer.parseInt(m.group(1))),
                            Integer.parseInt(m.group(2)),
                            output.substring(begin, m.start())));
        }
        if (ran.size() != commands.size()) {
            throw new IllegalStateException("the shell ended early: " + output);
        }
        return ran;
    }

    /// Lines that belong together: bash itself says whether a command is whole.
    static List<String> commands(String block) throws IOException, InterruptedException {
        List<String> commands = new ArrayList<>();
        StringBuilder command = new StringBuilder();
        for (String line : block.lines().toList()) {
            command.append(command.isEmpty() ? "" : "\n").append(line);
            if (!line.endsWith("\\") && isWhole(command.toString())) {
                if (!command.toString().isBlank()) {
                    commands.add(command.toString());
                }
                command.setLength(0);
            }
        }
        if (!command.isEmpty()) {
            throw new IllegalStateException("no whole command: " + command);
        }
        return commands;
    }

    /// An open here-document is only a warning.
    private static boolean isWhole(String command) throws IOException, InterruptedException {
        Process bash =
                new ProcessBuilder("bash", "-n", "-c", command).redirectErrorStream(true).start();
        boolean silent = bash.getInputStream().readAllBytes().length == 0;
        return bash.waitFor() == 0 && silent;
    }

    private static String output(
            String script, Path folder, Map<String, String> environment, long limitSeconds)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("bash", "-c", script)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        Process bash = builder.start();
        Thread limit =
                Thread.startVirtualThread(
                        () -> {
                            try {
                                if (!bash.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                                    bash.descendants().forEach(ProcessHandle::destroyForcibly);
                                    bash.destroyForcibly();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        bash.waitFor();
        limit.join();
        return output;
    }
}
