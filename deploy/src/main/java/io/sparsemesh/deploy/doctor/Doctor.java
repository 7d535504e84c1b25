package io.sparsemesh.deploy.doctor;

import java.util.ArrayList;
import java.util.List;

/// Makes all checks, in the order in which somebody would mend things.
public final class Doctor {
    private Doctor() {}

    public static List<Check> examine(Patient patient) {
        List<Check> checks = new ArrayList<>(MachineChecks.all());
        checks.addAll(BuildChecks.all(patient.installation()));
        checks.addAll(NativeChecks.all(patient));
        checks.addAll(PlaceChecks.all(patient));
        checks.addAll(StoreChecks.all(patient));
        checks.addAll(ServerChecks.all(patient));
        checks.addAll(GatewayChecks.all(patient));
        return checks;
    }
}
