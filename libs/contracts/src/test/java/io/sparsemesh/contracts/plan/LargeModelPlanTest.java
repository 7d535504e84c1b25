package io.sparsemesh.contracts.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparsemesh.contracts.job.MethodName;
import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.model.Architecture;
import io.sparsemesh.contracts.model.InputGroup;
import io.sparsemesh.contracts.model.Linear;
import io.sparsemesh.contracts.task.TaskKind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The plan of OPT-175B on 128 x 2048 tokens, whose numbers docs/scaling.md reasons with.
class LargeModelPlanTest {

    private static final long HIDDEN = 12_288;
    private static final long INNER = 4 * HIDDEN;
    private static final int BLOCKS = 96;

    private static Architecture opt175() {
        long positionsAndVocabulary = 50_272 + 2_050;
        return new Architecture(
                "opt",
                "opt",
                "F16",
                HIDDEN,
                50_272,
                2048,
                BLOCKS,
                List.of(
                        new InputGroup(
                                "qkv",
                                HIDDEN,
                                List.of(
                                        new Linear("layers.{b}.q_proj", HIDDEN, HIDDEN),
                                        new Linear("layers.{b}.k_proj", HIDDEN, HIDDEN),
                                        new Linear("layers.{b}.v_proj", HIDDEN, HIDDEN))),
                        new InputGroup(
                                "out",
                                HIDDEN,
                                List.of(new Linear("layers.{b}.out_proj", HIDDEN, HIDDEN))),
                        new InputGroup(
                                "fc1",
                                HIDDEN,
                                List.of(new Linear("layers.{b}.fc1", HIDDEN, INNER))),
                        new InputGroup(
                                "fc2",
                                INNER,
                                List.of(new Linear("layers.{b}.fc2", INNER, HIDDEN)))),
                List.of("lm_head"),
                2 * (12 * HIDDEN * HIDDEN * BLOCKS + positionsAndVocabulary * HIDDEN));
    }

    @Test
    void bytesOfOpt175AreThoseOfTheScalingPage() {
        JobPlan plan =
                Planner.plan(
                        Requests.request(
                                Requests.method(
                                        MethodName.SPARSEGPT,
                                        Propagation.SEQUENTIAL,
                                        "none",
                                        0,
                                        BLOCKS - 1),
                                128,
                                2048,
                                false),
                        opt175());

        assertThat(plan.shards()).isEqualTo(5);
        assertTerabytes(plan.read(), TaskKind.CALIBRATE, 4.691);
        assertTerabytes(plan.written(), TaskKind.CALIBRATE, 4.002);
        assertTerabytes(plan.read(), TaskKind.SOLVE, 3.113);
        assertTerabytes(plan.written(), TaskKind.SOLVE, 0.348);
        assertThat(plan.peakMemory().get(TaskKind.SOLVE) / 1e9).isCloseTo(25.2, within(0.1));
    }

    private static void assertTerabytes(Map<TaskKind, Long> bytes, TaskKind kind, double expected) {
        assertThat(bytes.get(kind) / 1e12).as("%s", kind).isCloseTo(expected, within(0.005));
    }
}
