package io.sparsemesh.engine.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.engine.calibration.FewTokens.Remedy;
import io.sparsemesh.engine.model.InputGroup;
import io.sparsemesh.engine.model.LinearDescription;
import io.sparsemesh.engine.solver.NumericalException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FewTokensTest {

    private static final List<LinearDescription> LINEARS =
            List.of(LinearDescription.of("block.0.down", 4, 4, false));
    private static final InputGroup EXPERT = new InputGroup("expert-0-input", LINEARS, true);
    private static final InputGroup SHARED = new InputGroup("mlp-input", LINEARS);

    @ParameterizedTest
    @CsvSource({"128, 127, true", "128, 128, false", "1, 0, true", "0, 0, true", "0, 1, false"})
    void anExpertBelowTheMinimumOrWithoutTokensHasFew(long minimum, long tokens, boolean few) {
        FewTokens options = new FewTokens(minimum, Remedy.EVERY_TOKEN);

        assertThat(options.isFew(EXPERT, tokens)).isEqualTo(few);
        assertThat(options.needsEveryToken(EXPERT, tokens)).isEqualTo(few);
        assertThat(new FewTokens(minimum, Remedy.AS_THEY_ARE).needsEveryToken(EXPERT, tokens))
                .isFalse();
    }

    @Test
    void aGroupThatEveryTokenGetsToNeverHasFew() {
        assertThat(FewTokens.DEFAULT.isFew(SHARED, 1)).isFalse();
        assertThat(FewTokens.DEFAULT.needsEveryToken(SHARED, 1)).isFalse();
    }

    @Test
    void whatIsDoneIsSaid() {
        assertThat(FewTokens.DEFAULT.remark("layer", 3))
                .isEqualTo(
                        "3 calibration tokens of at least 128 got to this expert: calibrated on"
                                + " every token");
        assertThat(new FewTokens(5, Remedy.AS_THEY_ARE).remark("layer", 3))
                .endsWith(
                        "3 calibration tokens of at least 5 got to this expert: calibrated on these");
    }

    @Test
    void anExpertWithoutTokensIsNotPrunedBlind() {
        FewTokens options = new FewTokens(0, Remedy.AS_THEY_ARE);

        assertThatThrownBy(() -> options.remark("block.0.down", 0))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("block.0.down")
                .hasMessageContaining("expected at least 1, found none");
        assertThat(FewTokens.DEFAULT.remark("block.0.down", 0)).endsWith("every token");
    }

    @Test
    void aNegativeMinimumIsRefused() {
        assertThatThrownBy(() -> new FewTokens(-1, Remedy.EVERY_TOKEN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("minTokensPerExpert: expected at least 0, found -1");
    }
}
