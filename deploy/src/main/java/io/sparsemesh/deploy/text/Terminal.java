package io.sparsemesh.deploy.text;

import java.util.Map;

/// What standard output and standard error lead to.
///
/// @param terminals digits of the descriptors that are terminals, as the launcher script found them
/// @param environment variables that say what to make of them
public record Terminal(String terminals, Map<String, String> environment) {
    /// Descriptor of standard output.
    public static final int OUT = 1;

    /// Descriptor of standard error.
    public static final int ERR = 2;

    public Terminal {
        environment = Map.copyOf(environment);
    }

    /// Of this process. Java alone can tell of input and output together only, so the launcher
    /// script says which of them are terminals.
    public static Terminal ofProcess() {
        String console = System.console() != null && System.console().isTerminal() ? "12" : "";
        return new Terminal(System.getProperty("sparsemesh.terminals", console), System.getenv());
    }

    /// Whether bars can be drawn there, one over the other.
    public boolean isOn(int descriptor) {
        return terminals.contains(Integer.toString(descriptor))
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /// Whether text there may have colours: on a terminal, unless `NO_COLOR` has a value
    /// (<https://no-color.org>).
    public boolean hasColours(int descriptor) {
        return isOn(descriptor) && environment.getOrDefault("NO_COLOR", "").isEmpty();
    }
}
