package io.sparsemesh.gateway.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.Api;
import io.sparsemesh.gateway.FinishedJob;
import io.sparsemesh.gateway.GatewayServers;
import io.sparsemesh.gateway.RawHttp;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Walks every operation of the stored document with requests that are wrong in some places.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class FuzzTest {

    /// A build says the same of the same code; other seeds are for those who look for faults.
    private static final long SEED = 1;
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 1000);

    @TestHTTPResource URI server;

    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    @Test
    void everyRefusalIsAProblemAndNothingIsAnErrorOfTheGateway() throws IOException {
        long seed = Long.getLong("fuzz.seed", SEED);
        List<String> ids = List.of(FinishedJob.succeeded(), FinishedJob.in(JobState.CANCELLED));
        Fuzzer fuzzer = new Fuzzer(seed, ids, Api::request);
        List<ApiOperation> operations = deletingLast(ApiOperation.all(StoredDocument.read()));

        for (ApiOperation operation : operations) {
            for (int i = 0; i < Math.ceilDiv(REQUESTS, operations.size()); i++) {
                send(operation, fuzzer.request(operation));
            }
        }

        int sent = statuses.values().stream().mapToInt(Integer::intValue).sum();
        System.out.printf(
                "fuzz: seed %d (-Dfuzz.seed), %d requests to %d operations, by status %s%n",
                seed, sent, operations.size(), statuses);
        assertThat(faults).as("seed %d", seed).isEmpty();
        assertThat(statuses).containsKeys(200, 400, 404, 405, 422);
    }

    private static List<ApiOperation> deletingLast(List<ApiOperation> operations) {
        return operations.stream()
                .sorted(Comparator.comparing(o -> o.method().equals("DELETE")))
                .toList();
    }

    private void send(ApiOperation operation, RawHttp.Request request) throws IOException {
        RawHttp.Answer answer = new RawHttp(server).send(request);
        statuses.merge(answer.status(), 1, Integer::sum);
        new Exchange(operation, request, answer)
                .fault()
                .ifPresent(fault -> faults.add(fault + " to " + request));
    }
}
