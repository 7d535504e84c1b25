package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.text.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/// Says what is wrong with a command line: the fault, the nearest known name, where to read on. All
/// options at once would hide that.
final class WrongUsage {
    private WrongUsage() {}

    static int report(CommandLine.ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        if (e instanceof MissingCommandException && !wantsJson(args)) {
            line.usage(line.getErr());
            return ExitCode.USAGE;
        }
        String ids =
                message(e).contains("parameter: 'ID'")
                        ? "`./sparsemesh list` shows the ids of jobs, "
                        : "";
        String help = ids + "`./" + line.getCommandSpec().qualifiedName(" ") + " --help` shows how";
        new Complaint(ExitCode.USAGE, message(e), help).print(line.getErr(), wantsJson(args));
        return ExitCode.USAGE;
    }

    /// Nothing was asked for.
    static final class MissingCommandException extends CommandLine.ParameterException {
        MissingCommandException(CommandLine line) {
            super(line, "expected a command, found none");
        }
    }

    /// Looks at the words themselves, since the line could not be parsed.
    static boolean wantsJson(String[] args) {
        String line = String.join(" ", args) + " ";
        return line.matches("(^|.* )(-o ?=?|--format[ =])(?i:json) .*");
    }

    /// A word that is unknown explains one that is missing.
    private static String message(CommandLine.ParameterException e) {
        List<String> unknown =
                e instanceof CommandLine.UnmatchedArgumentException unmatched
                        ? unmatched.getUnmatched()
                        : e.getCommandLine().getUnmatchedArguments();
        return unknown.isEmpty() ? e.getMessage() : unknown(e.getCommandLine(), unknown.getFirst());
    }

    private static String unknown(CommandLine line, String word) {
        String name = word.replaceFirst("=.*", "");
        String near =
                nearest(line, name).map(known -> ", did you mean '" + known + "'?").orElse("");
        return "unknown %s '%s'%s".formatted(kind(line, name), name, near);
    }

    private static String kind(CommandLine line, String name) {
        if (name.startsWith("-")) {
            return "option";
        }
        return line.getSubcommands().isEmpty() ? "argument" : "command";
    }

    private static Optional<String> nearest(CommandLine line, String name) {
        List<String> known = new ArrayList<>(line.getSubcommands().keySet());
        line.getCommandSpec().options().forEach(o -> known.addAll(Arrays.asList(o.names())));
        return NearestName.of(name, known);
    }
}
