package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/// Builds job requests whose every source is token ids.
final class JobJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private JobJson() {}

    /// A SparseGPT job.
    ///
    /// @param target `0.5` or `2:4`
    static ObjectNode sparsegpt(
            Path model, String target, Path ids, int samples, int length, Path output) {
        ObjectNode request = base(model, "sparsegpt", target, output);
        request.putObject("calibration")
                .put("uri", ids.toUri().toString())
                .put("tensor", "calib")
                .put("samples", samples)
                .put("sequenceLength", length);
        return request;
    }

    static ObjectNode magnitude(Path model, String target, Path output) {
        return base(model, "magnitude", target, output);
    }

    /// A job of seconds on the demo's model, with perplexity of both variants.
    static ObjectNode demo(Path demo, Path output) {
        return withPerplexity(
                magnitude(demo.resolve("valley-opt"), "0.5", output),
                demo.resolve("ids.safetensors"),
                256,
                true);
    }

    private static ObjectNode base(Path model, String method, String target, Path output) {
        ObjectNode request = JSON.createObjectNode();
        request.putObject("model").put("uri", model.toUri().toString());
        ObjectNode options = request.putObject("method").put("name", method);
        if (target.contains(":")) {
            options.put("pattern", target);
        } else {
            options.put("sparsity", Double.parseDouble(target));
        }
        request.putObject("output").put("uri", output.toUri().toString());
        return request;
    }

    /// Adds the perplexity suite `test`.
    static ObjectNode withPerplexity(ObjectNode request, Path ids, int length, boolean dense) {
        request.putObject("evaluation")
                .put("dense", dense)
                .putArray("perplexity")
                .addObject()
                .put("name", "test")
                .put("uri", ids.toUri().toString())
                .put("tensor", "test")
                .put("protocol", "gptq")
                .put("sequenceLength", length);
        return request;
    }
}
