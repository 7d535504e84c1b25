package io.sparsemesh.deploy.command;

/// Ends a command with a message for the user and an exit status.
final class CommandException extends RuntimeException {
    private final int exitCode;
    private final String next;

    CommandException(int exitCode, String message) {
        this(exitCode, message, "");
    }

    /// @param next what to do about it; empty if the message says it
    CommandException(int exitCode, String message, String next) {
        super(message);
        this.exitCode = exitCode;
        this.next = next;
    }

    static CommandException usage(String message) {
        return usage(message, "");
    }

    static CommandException usage(String message, String next) {
        return new CommandException(ExitCode.USAGE, message, next);
    }

    int exitCode() {
        return exitCode;
    }

    String next() {
        return next;
    }
}
