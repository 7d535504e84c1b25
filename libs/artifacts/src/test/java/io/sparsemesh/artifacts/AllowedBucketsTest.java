package io.sparsemesh.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedBucketsTest {

    private final AllowedBuckets buckets =
            new AllowedBuckets(Set.of("open", "team/{tenant}", "team/of/{tenant}/models", "a/b"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://open",
                "s3://open/anything/x",
                "s3://open/x#sha256=00",
                "s3://team/ann",
                "s3://team/ann/x",
                "s3://team/of/ann/models/x",
                "s3://a/b/c",
                "s3:elsewhere/of/no/form"
            })
    void whatIsAtOrBelowAnEntryIsAllowed(String uri) {
        assertThatCode(() -> buckets.require(uri, "ann")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://opener/x",
                "s3://team",
                "s3://team/x",
                "s3://team/anna/x",
                "s3://team/bob/x",
                "s3://team/{tenant}/x",
                "s3://team/of/ann/x",
                "s3://a/c",
                "s3:///open/x",
                "s3://x#/open"
            })
    void allElseIsRefused(String uri) {
        assertThatThrownBy(() -> buckets.require(uri, "ann"))
                .isInstanceOf(OutsideRootsException.class)
                .hasMessageContainingAll(
                        uri, "[a/b, open, team/of/ann/models, team/ann]", "SPARSEMESH_BUCKETS");
    }

    @Test
    void whoDoesNotKnowTenantsHoldsToNames() {
        assertThat(buckets.names()).containsExactlyInAnyOrder("open", "team", "a");
    }
}
