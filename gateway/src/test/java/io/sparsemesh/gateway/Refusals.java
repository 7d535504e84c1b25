package io.sparsemesh.gateway;

import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;

/// The good request made wrong in one place, and the answer to it.
final class Refusals {

    static final ObjectMapper JSON = new ObjectMapper();

    private Refusals() {}

    /// The good request with `value`, as JSON, at `pointer`; nothing there when it is empty.
    static String with(String pointer, String value) throws IOException {
        ObjectNode request = (ObjectNode) JSON.readTree(Api.request());
        int slash = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) request.at(pointer.substring(0, slash));
        String field = pointer.substring(slash + 1);
        if (value.isEmpty()) {
            parent.remove(field);
        } else {
            parent.set(field, JSON.readTree(value));
        }
        return request.toString();
    }

    static ValidatableResponse refused(String body, String code, String pointer) {
        return Api.post(body)
                .statusCode(422)
                .contentType("application/problem+json")
                .body("status", is(422))
                .body("type", is("urn:sparsemesh:problem:" + code))
                .body("title", is("Invalid request"))
                .body("code", is(code))
                .body("errors", hasSize(1))
                .body("errors[0].pointer", is(pointer))
                .body("errors[0].code", is(code));
    }
}
