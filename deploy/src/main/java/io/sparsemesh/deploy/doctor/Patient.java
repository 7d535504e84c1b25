package io.sparsemesh.deploy.doctor;

import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What is looked at.
///
/// @param installation the clone
/// @param port that `dev` would listen on
/// @param data folder that `dev` would keep its state in
/// @param gateway the gateway that commands would talk to
/// @param environment of this process
public record Patient(
        Installation installation,
        int port,
        Path data,
        Gateway gateway,
        Map<String, String> environment) {

    public Patient {
        environment = Map.copyOf(environment);
    }

    /// A variable that is set to something.
    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
