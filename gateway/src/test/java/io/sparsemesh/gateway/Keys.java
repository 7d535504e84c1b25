package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;

/// API keys for tests.
final class Keys {

    private Keys() {}

    /// A request that comes with a key or a token.
    static RequestSpecification with(String token) {
        return given().header("Authorization", "Bearer " + token);
    }

    static RequestSpecification json(String token, String body) {
        return with(token).contentType(ContentType.JSON).body(body);
    }

    /// A new key of a tenant.
    ///
    /// @param scopes as JSON has them, `"read", "write"`
    static String of(String tenant, String scopes) {
        return of(AccessServers.ROOT_KEY, tenant, scopes);
    }

    /// @param root key of the gateway
    static String of(String root, String tenant, String scopes) {
        String body =
                "{\"name\": \"test\", \"tenant\": \"%s\", \"scopes\": [%s]}"
                        .formatted(tenant, scopes);
        return json(root, body).post("/v1/keys").then().statusCode(201).extract().path("key");
    }

    static String all(String tenant) {
        return of(tenant, "\"read\", \"write\", \"admin\"");
    }
}
