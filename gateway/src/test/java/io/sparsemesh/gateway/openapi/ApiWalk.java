package io.sparsemesh.gateway.openapi;

import java.util.List;

/// The calls of the API's document, to be tried one after another.
public final class ApiWalk {

    private ApiWalk() {}

    /// One call, with good values where its path has names.
    public record Call(String method, String template, boolean takesBody) {

        public boolean isAboutAJob() {
            return template.startsWith("/v1/jobs/{id}");
        }

        /// @param id in place of the job's or key's
        public String path(String id) {
            String path = template.replace("{id}", id).replace("{name}", "config.json");
            return template.startsWith("/v1/models/inspect") ? path + "?uri=file:///x" : path;
        }

        @Override
        public String toString() {
            return method + " " + template;
        }
    }

    public static List<Call> calls() {
        return ApiOperation.all(StoredDocument.read()).stream()
                .map(o -> new Call(o.method(), o.path(), o.body().isPresent()))
                .toList();
    }
}
