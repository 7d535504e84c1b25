package io.sparsemesh.deploy.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import java.nio.file.Path;
import java.util.List;

/// One of the demonstration's jobs.
///
/// @param name of its row and its folder
/// @param method `sparsegpt` or `magnitude`
/// @param field `sparsity` or `pattern`
/// @param target value of the field
/// @param dense whether this job measures the dense model too
public record DemoJob(String name, String method, String field, String target, boolean dense) {
    static final List<String> TASKS = List.of("facts", "choice", "cloze");
    static final String PERPLEXITY = "test";

    private static final int SEQUENCE_LENGTH = 256;
    private static final int SAMPLES = 64;

    public static List<DemoJob> all() {
        return List.of(
                new DemoJob("magnitude-50", "magnitude", "sparsity", "0.5", true),
                new DemoJob("magnitude-70", "magnitude", "sparsity", "0.7", false),
                new DemoJob("sparsegpt-50", "sparsegpt", "sparsity", "0.5", false),
                new DemoJob("sparsegpt-70", "sparsegpt", "sparsity", "0.7", false),
                new DemoJob("sparsegpt-2-4", "sparsegpt", "pattern", "2:4", false));
    }

    /// @param demo folder with the model and the texts
    /// @param output folder in which the job makes its own
    ObjectNode request(Path demo, Path output) {
        String ids = uri(demo.resolve("ids.safetensors"));
        ObjectNode request = Gateway.JSON.createObjectNode();
        request.putObject("model").put("uri", uri(demo.resolve("valley-opt")));
        ObjectNode how = request.putObject("method").put("name", method);
        if (field.equals("pattern")) {
            how.put(field, target);
        } else {
            how.put(field, Double.parseDouble(target));
        }
        request.putObject("calibration")
                .put("uri", ids)
                .put("tensor", "calib")
                .put("samples", SAMPLES)
                .put("sequenceLength", SEQUENCE_LENGTH);
        ObjectNode evaluation = request.putObject("evaluation").put("dense", dense);
        evaluation
                .putArray("perplexity")
                .addObject()
                .put("name", PERPLEXITY)
                .put("uri", ids)
                .put("tensor", "test")
                .put("protocol", "gptq")
                .put("sequenceLength", SEQUENCE_LENGTH);
        ArrayNode tasks = evaluation.putArray("tasks");
        for (String task : TASKS) {
            tasks.addObject().put("name", task).put("uri", uri(demo.resolve(task + ".jsonl")));
        }
        request.putObject("output").put("uri", uri(output.resolve(name)));
        request.putObject("labels").put("demo", name);
        return request;
    }

    private static String uri(Path path) {
        return "file://" + path.toAbsolutePath().normalize().toUri().getRawPath();
    }
}
