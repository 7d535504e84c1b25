package io.sparsemesh.engine.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.device.RemoteDevice;
import io.sparsemesh.engine.device.Transfers;
import io.sparsemesh.engine.matrix.Matrix;
import io.sparsemesh.engine.model.Block;
import io.sparsemesh.engine.model.CausalLm;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Hidden states, logits and losses of all families beside the reference's.
class GoldenModelsTest {

    @Test
    void everyModelAgreesWithTheReferenceOnTheCpu() {
        assertAgree("cpu", GoldenModels.reference(), 32);
    }

    @Test
    void everyOptionAgreesWithTransformersOnTheCpu() {
        assertAgree("cpu", GoldenModels.own(), 18);
    }

    @Test
    void everyOptionAgreesWithTransformersOnTheNaiveDevice() {
        assertAgree("naive", GoldenModels.own(), 18);
    }

    @Test
    void everyModelAgreesWithTheReferenceInMemoryThatTheHostCannotTouch() {
        assertAgree("remote", GoldenModels.reference(), 32);
    }

    @Test
    void everyOptionAgreesWithTransformersInMemoryThatTheHostCannotTouch() {
        assertAgree("remote", GoldenModels.own(), 18);
    }

    private static void assertAgree(String kind, List<Path> folders, int atLeast) {
        assertThat(
                        GoldenModelsRun.requireAgreement(
                                kind, () -> open(kind), folders, GoldenModelsRun.TOLERANCE))
                .hasSizeGreaterThanOrEqualTo(atLeast);
    }

    private static Device open(String kind) {
        return kind.equals("remote")
                ? new RemoteDevice(Devices.open("cpu", 2))
                : Devices.open(kind, 2);
    }

    @Test
    void oneModelOfEachFamilyAgreesWithTheReferenceOnTheNaiveDevice() {
        List<String> chosen =
                List.of(
                        "bloom-noprefix-heads6",
                        "falcon-newarch",
                        "gemma",
                        "gpt2",
                        "gpt_neo",
                        "gpt_neox",
                        "gptj",
                        "llama-gqa-rope3",
                        "mistral-swa",
                        "opt",
                        "phi",
                        "phi3",
                        "qwen3-b",
                        "stablelm");
        List<Path> folders =
                GoldenModels.reference().stream()
                        .filter(folder -> chosen.contains(folder.getFileName().toString()))
                        .toList();

        assertAgree("naive", folders, chosen.size());
    }

    @Test
    void sameBitsForAnyNumberOfThreads() {
        for (Path path : GoldenModels.reference()) {
            List<float[]> logits = new ArrayList<>();
            for (int threads = 1; threads <= 3; threads++) {
                logits.add(logits(path, threads));
            }
            assertThat(logits.get(1)).as("%s, 2 threads", path).isEqualTo(logits.getFirst());
            assertThat(logits.get(2)).as("%s, 3 threads", path).isEqualTo(logits.getFirst());
        }
    }

    private static float[] logits(Path path, int threads) {
        try (Device device = Devices.open("cpu", threads);
                ModelFolder folder = ModelFolder.open(path);
                SafetensorsFile golden = GoldenModels.golden(path);
                CausalLm model = Families.open(folder, device);
                Arena arena = Arena.ofShared()) {
            Matrix hidden = model.embed(arena, GoldenModels.ids(golden), GoldenModelsRun.LENGTH);
            for (int b = 0; b < model.description().blocks().size(); b++) {
                try (Block block = model.loadBlock(b)) {
                    block.forward(hidden, GoldenModelsRun.LENGTH);
                }
            }
            return Transfers.values(device, model.logits(arena, hidden));
        }
    }
}
