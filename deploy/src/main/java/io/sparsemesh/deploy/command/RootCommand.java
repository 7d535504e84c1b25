package io.sparsemesh.deploy.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
        name = "sparsemesh",
        description = "Prunes GPT-family language models in one shot, as a service.",
        mixinStandardHelpOptions = true,
        version = "Sparsemesh 0.1.0-SNAPSHOT",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:internal error",
            "2:wrong usage, or the gateway refused the request",
            "3:a job failed, a folder is not as reported, or the doctor found a fault",
            "4:the job was cancelled",
            "5:no gateway answers"
        },
        footerHeading = "%n",
        footer = {
            "For developers:",
            "  bench    Measures the engine and whole jobs; see docs/performance.md.",
            "",
            "Environment:",
            "  SPARSEMESH_URL     the gateway, default http://127.0.0.1:8080",
            "  SPARSEMESH_TOKEN   sent to it as bearer token",
            "  NO_COLOR           no colours, if it has a value"
        },
        subcommands = {
            DemoCommand.class,
            DevCommand.class,
            SubmitCommand.class,
            ListCommand.class,
            GetCommand.class,
            WatchCommand.class,
            LayersCommand.class,
            EvaluationsCommand.class,
            EventsCommand.class,
            CancelCommand.class,
            RetryCommand.class,
            DeleteCommand.class,
            DownloadCommand.class,
            InspectCommand.class,
            WorkersCommand.class,
            KeysCommand.class,
            CreateKeyCommand.class,
            RevokeKeyCommand.class,
            WebhookSecretsCommand.class,
            VerifyCommand.class,
            ExpandCommand.class,
            MaskCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            BenchCommand.class
        })
final class RootCommand implements Runnable {
    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new WrongUsage.MissingCommandException(spec.commandLine());
    }
}
