package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.client.Gateway;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = "Prints a script that completes commands and options in a shell.",
        mixinStandardHelpOptions = true,
        footer = {"", "  source <(./sparsemesh completion bash)"})
final class CompletionCommand implements Callable<Integer> {
    enum Shell {
        bash,
        zsh
    }

    /// zsh runs bash's completions once it is told to.
    private static final String BASH_IN_ZSH =
            "autoload -Uz compinit bashcompinit && compinit && bashcompinit\n";

    @Mixin private Format format;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh")
    private Shell shell;

    @Override
    public Integer call() {
        String script = AutoComplete.bash("sparsemesh", spec.root().commandLine());
        String text = shell == Shell.zsh ? BASH_IN_ZSH + script : script;
        if (format.isJson()) {
            format.json(
                    Gateway.JSON.createObjectNode().put("shell", shell.name()).put("script", text));
        } else {
            format.out().print(text);
            format.out().flush();
        }
        return ExitCode.DONE;
    }
}
