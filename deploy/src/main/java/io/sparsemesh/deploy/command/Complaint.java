package io.sparsemesh.deploy.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.CheckpointException;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.Problem;
import io.sparsemesh.deploy.client.ProblemException;
import io.sparsemesh.deploy.client.UnreachableException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;

/// What a command says that could not do its work.
///
/// @param exitCode the command's status
/// @param message what went wrong, one or more lines
/// @param next what to do about it, maybe empty
/// @param problem what the gateway answered, if it refused
record Complaint(int exitCode, String message, String next, Optional<Problem> problem) {

    Complaint(int exitCode, String message, String next) {
        this(exitCode, message, next, Optional.empty());
    }

    static Complaint of(Exception e) {
        return switch (e) {
            case ProblemException refused -> of(refused.problem());
            case UnreachableException gone ->
                    new Complaint(
                            ExitCode.UNREACHABLE,
                            gone.getMessage(),
                            "is `./sparsemesh dev` running? Else start it, or set SPARSEMESH_URL;"
                                    + " `./sparsemesh doctor` looks further");
            case CommandException wrong ->
                    new Complaint(wrong.exitCode(), wrong.getMessage(), wrong.next());
            case CheckpointException damaged ->
                    new Complaint(ExitCode.FAILED, damaged.getMessage(), "");
            case UncheckedIOException io ->
                    new Complaint(
                            ExitCode.INTERNAL,
                            io.getMessage() + ": " + io.getCause(),
                            "look at that file or folder: does it exist, may you use it?");
            default ->
                    new Complaint(
                            ExitCode.INTERNAL,
                            "a fault of this program: " + trace(e),
                            "please report it with the lines above");
        };
    }

    private static Complaint of(Problem problem) {
        return new Complaint(
                ExitCode.of(problem), problem.text(), problem.next(), Optional.of(problem));
    }

    private static String trace(Exception e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text, true));
        return text.toString().strip();
    }

    /// Prints it for people, or for programs as one JSON object.
    void print(PrintWriter err, boolean json) {
        if (json) {
            err.println(json().toPrettyString());
        } else {
            err.println(message);
            if (!next.isEmpty()) {
                err.println("next: " + next);
            }
        }
        err.flush();
    }

    /// `{"error": {"exitCode": .., "message": .., "next": ..}}`; of a refusal also `status`, `code`
    /// and `errors`, as the gateway gave them.
    private ObjectNode json() {
        ObjectNode json = Gateway.JSON.createObjectNode();
        ObjectNode error = json.putObject("error").put("exitCode", exitCode);
        error.put("message", problem.map(Problem::detail).orElse(message)).put("next", next);
        problem.ifPresent(
                refused -> {
                    error.put("status", refused.status()).put("code", refused.code());
                    error.set("errors", Gateway.JSON.valueToTree(refused.errors()));
                });
        return json;
    }
}
