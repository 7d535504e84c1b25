package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class PagingTest {

    private final String label = UUID.randomUUID().toString();

    private String submit() {
        return Api.submit(Api.request().replace("\"team\": \"a\"", "\"team\": \"" + label + "\""));
    }

    private Response page(int size, String token) {
        String page = "/v1/jobs?label.team=%s&pageSize=%d".formatted(label, size);
        return given().get(token == null ? page : page + "&pageToken=" + token);
    }

    @Test
    void pagesStayStableWhileNewJobsArrive() {
        List<String> submitted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            submitted.addFirst(submit());
        }

        List<String> read = new ArrayList<>();
        String token = null;
        do {
            Response page = page(2, token);
            read.addAll(page.path("items.id"));
            token = page.path("nextPageToken");
            submit();
        } while (token != null);

        assertThat(read).isEqualTo(submitted);
    }

    @Test
    void pageThatEndsWithTheLastJobHasNoNext() {
        submit();
        submit();

        String token = page(2, null).path("nextPageToken");

        assertThat(token).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "a.b",
                "MTIz",
                "MjAyNnwx",
                "bm8tdGltZXxpZA",
                // +300000-01-01T00:00:00Z|a and -000001-01-01T00:00:00Z|a: no years of the database
                "KzMwMDAwMC0wMS0wMVQwMDowMDowMFp8YQ",
                "LTAwMDAwMS0wMS0wMVQwMDowMDowMFp8YQ"
            })
    void foreignTokenIsRefused(String token) {
        page(2, token)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("errors[0].parameter", is("pageToken"))
                .body("detail", containsString("nextPageToken of an earlier answer"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1001", "ten", "1.5", "99999999999"})
    void pageSizeHasLimits(String size) {
        String job = "/v1/jobs/" + submit();

        for (String list : List.of("/v1/jobs", job + "/layers", job + "/events")) {
            given().get(list + "?pageSize=" + size)
                    .then()
                    .statusCode(400)
                    .body("code", is("invalid-parameter"))
                    .body("errors[0].parameter", is("pageSize"));
        }
    }

    @Test
    void tokenOfLayersIsRefusedWhenForeign() {
        given().get("/v1/jobs/" + submit() + "/layers?pageToken=abc")
                .then()
                .statusCode(400)
                .body("errors[0].parameter", is("pageToken"));
    }

    @Test
    void stateFilterTakesSeveralAndRefusesUnknownOnes() {
        submit();

        given().get("/v1/jobs?label.team=" + label + "&state=FAILED&state=VALIDATING")
                .then()
                .statusCode(200)
                .body("items.size()", is(1));
        given().get("/v1/jobs?state=validating")
                .then()
                .statusCode(400)
                .body("detail", containsString("VALIDATING, QUEUED"))
                .body("detail", containsString("found 'validating'"));
    }
}
