package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.doctor.Check;
import io.sparsemesh.deploy.doctor.Doctor;
import io.sparsemesh.deploy.doctor.Patient;
import io.sparsemesh.deploy.mesh.Installation;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        description = "Checks this machine and the gateway, and says what to do.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Mixin private Connection connection;
    @Mixin private Format format;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "8080",
            description = "the port that `dev` would listen on; default ${DEFAULT-VALUE}")
    private int port;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "the folder that `dev` would keep its state in; default ${DEFAULT-VALUE}")
    private Path data;

    @Override
    public Integer call() {
        List<Check> checks =
                Doctor.examine(
                        new Patient(
                                Installation.find(),
                                port,
                                data,
                                connection.gateway(),
                                System.getenv()));
        boolean ok = checks.stream().noneMatch(check -> check.level() == Check.Level.FAIL);
        if (format.isJson()) {
            ObjectNode json = Gateway.JSON.createObjectNode().put("ok", ok);
            json.set("checks", Gateway.JSON.valueToTree(checks));
            format.json(json);
        } else {
            checks.forEach(this::print);
        }
        return ok ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void print(Check check) {
        String level =
                switch (check.level()) {
                    case OK -> format.paint().good("OK  ");
                    case WARN -> format.paint().doubtful("WARN");
                    case FAIL -> format.paint().bad("FAIL");
                };
        format.out().println("%s  %-14s  %s".formatted(level, check.name(), check.found()));
        if (!check.advice().isEmpty()) {
            format.out().println(" ".repeat(22) + "next: " + check.advice());
        }
    }
}
