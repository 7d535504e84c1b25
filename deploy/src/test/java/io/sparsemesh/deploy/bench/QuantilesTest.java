package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class QuantilesTest {

    @Test
    void quantilesAreTimesThatWereMeasured() {
        // Given
        List<Double> times = IntStream.rangeClosed(1, 200).mapToObj(i -> 201.0 - i).toList();

        // When
        Quantiles quantiles = Quantiles.of(times);

        // Then
        assertThat(quantiles).isEqualTo(new Quantiles(200, 100.5, 100, 190, 198, 200));
    }

    @Test
    void nothingMeasuredIsNothing() {
        assertThat(Quantiles.of(List.of())).isEqualTo(new Quantiles(0, 0, 0, 0, 0, 0));
    }
}
