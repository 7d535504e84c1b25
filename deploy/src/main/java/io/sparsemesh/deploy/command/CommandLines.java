package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.text.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Help;

/// Makes the command line: its commands, and what errors look like.
public final class CommandLines {
    private CommandLines() {}

    public static CommandLine create() {
        boolean colours = Terminal.ofProcess().hasColours(Terminal.OUT);
        return new CommandLine(new RootCommand())
                .setExecutionExceptionHandler(CommandLines::report)
                .setParameterExceptionHandler(WrongUsage::report)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(Help.defaultColorScheme(colours ? Help.Ansi.ON : Help.Ansi.OFF))
                .setUsageHelpAutoWidth(true);
    }

    private static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        if (e instanceof CommandLine.ParameterException wrong) {
            return WrongUsage.report(wrong, words(parsed));
        }
        Complaint complaint = Complaint.of(e);
        complaint.print(line.getErr(), WrongUsage.wantsJson(words(parsed)));
        return complaint.exitCode();
    }

    private static String[] words(CommandLine.ParseResult parsed) {
        return parsed.originalArgs().toArray(String[]::new);
    }
}
