package io.sparsemesh.gateway.access;

import io.sparsemesh.contracts.message.JobSubmitted;
import java.util.regex.Pattern;

/// Those who share jobs and keys. A name is also a folder's, where roots are by tenant.
public record Tenant(String name) {

    private static final Pattern FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /// The only one where nobody is asked who they are.
    public static final Tenant DEFAULT = new Tenant(JobSubmitted.DEFAULT_TENANT);

    public Tenant {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "tenant: expected %s, found '%s'".formatted(form(), name));
        }
    }

    public static boolean isName(String text) {
        return FORM.matcher(text).matches();
    }

    /// What a name is, in words.
    public static String form() {
        return "1 to 63 lower-case letters, digits and inner '-'";
    }

    @Override
    public String toString() {
        return name;
    }
}
