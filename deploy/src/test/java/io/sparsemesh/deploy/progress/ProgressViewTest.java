package io.sparsemesh.deploy.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.deploy.progress.JobView.BlockView;
import io.sparsemesh.deploy.text.Terminal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressViewTest {
    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text, true);

    @Test
    void plainLinesSayEachStateAndBlockOnce() {
        // Given
        ProgressView view = ProgressView.on(out, new Terminal("", Map.of()), Terminal.OUT);

        // When
        view.show(List.of(job("QUEUED", 0, List.of())));
        view.show(List.of(job("PRUNING", 1, List.of(new BlockView(0, 1, 1, 2)))));
        view.show(List.of(job("PRUNING", 2, List.of(new BlockView(0, 2, 0, 2)))));
        view.show(List.of(job("PRUNING", 3, List.of(new BlockView(0, 2, 0, 2)))));

        // Then
        assertThat(text.toString().lines())
                .containsExactly(
                        "a  QUEUED", "a  PRUNING", "a  block 0 done, 2 of 6 layers, ETA 1:05");
        assertThat(text.toString()).doesNotContain("\u001b");
    }

    @Test
    void barsAreDrawnOverTheEarlierOnes() {
        // Given
        ProgressView view =
                ProgressView.on(out, new Terminal("1", Map.of("NO_COLOR", "1")), Terminal.OUT);
        view.show(
                List.of(
                        job(
                                "PRUNING",
                                1,
                                List.of(new BlockView(0, 1, 1, 2), new BlockView(1, 0, 0, 2)))));
        text.getBuffer().setLength(0);

        // When
        view.show(List.of(job("SUCCEEDED", 4, List.of(new BlockView(0, 2, 0, 2)))));

        // Then it goes up the four lines drawn before
        assertThat(text.toString()).startsWith("\u001b[1A".repeat(4) + "\r\u001b[0J");
        assertThat(text.toString()).contains("block 1/1").doesNotContain("ETA");
    }

    @Test
    void aLongModelShowsTheBlocksBeingWorkedOn() {
        // Given
        List<BlockView> blocks = new ArrayList<>();
        for (int b = 0; b < 96; b++) {
            blocks.add(new BlockView(b, b < 50 ? 6 : 0, b == 50 ? 2 : 0, 6));
        }

        // When
        ProgressView.on(out, new Terminal("1", Map.of("NO_COLOR", "1")), Terminal.OUT)
                .show(List.of(job("PRUNING", 300, blocks)));

        // Then
        assertThat(text.toString().replace("\r", "").lines().count()).isEqualTo(14);
        assertThat(text.toString()).contains("block  50  ░").contains("working");
    }

    @Test
    void barsAreFullOnlyWhenDone() {
        // When, Then
        assertThat(TerminalProgress.bar(0, 0)).doesNotContain("█");
        assertThat(TerminalProgress.bar(999, 1000)).contains("░");
        assertThat(TerminalProgress.bar(7, 7)).doesNotContain("░");
    }

    @Test
    void clocksGrowAnHourWhenNeeded() {
        // When, Then
        assertThat(Eta.clock(59)).isEqualTo("0:59");
        assertThat(Eta.clock(3599)).isEqualTo("59:59");
        assertThat(Eta.clock(3600)).isEqualTo("1:00:00");
    }

    private static JobView job(String state, int done, List<BlockView> blocks) {
        return new JobView("j1", "a", state, "", done, Math.max(4, 6 * blocks.size()), 65, blocks);
    }
}
