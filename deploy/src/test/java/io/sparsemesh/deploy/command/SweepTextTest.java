package io.sparsemesh.deploy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.text.Paint;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SweepTextTest {

    private static final String JOB =
            """
            {"id":"j1","state":"SUCCEEDED","stateReason":"done",
             "request":{"model":{"uri":"file:///m"},
                        "method":{"name":"sparsegpt","targets":[{"sparsity":0.5},{"pattern":"2:4"}]}},
             "result":{"outputUri":"file:///out","sha256":null,"sparsity":null,"degraded":[],
                       "dense":{"test":{"perplexity":2.1},"facts":{"acc":0.9}},"pruned":{},
                       "shared":"all calibration and factors",
                       "candidates":[
                         {"name":"s50","target":"0.5","sparsity":0.501,
                          "pruned":{"test":{"perplexity":2.25},"facts":{"acc":0.8}}},
                         {"name":"2of4","target":"2:4","sparsity":0.5,
                          "pruned":{"test":{"perplexity":2.5}}}]}}""";

    @Test
    void aSweepIsATableOfItsTargets() throws Exception {
        StringWriter out = new StringWriter();

        JobText.print(Gateway.JSON.readTree(JOB), new PrintWriter(out, true), new Paint(false));

        assertThat(out.toString().lines().map(String::stripTrailing))
                .contains(
                        "method    sparsegpt 50 %, 2:4",
                        "output    file:///out",
                        "shared    all calibration and factors",
                        "TARGET  SPARSITY    test   facts",
                        "dense             2.1000  0.9000",
                        "0.5       50.1 %  2.2500  0.8000",
                        "2:4         50 %  2.5000")
                .noneMatch(line -> line.contains("null"));
    }

    @Test
    void targetsOfTheCommandLineAreSharesAndPatterns() throws Exception {
        RequestOptions options = new RequestOptions();
        CommandLine.populateCommand(options, "--targets=0.5,0.6,2:4");
        ObjectNode request = Gateway.JSON.createObjectNode();

        options.applyTo(request);

        assertThat(request)
                .isEqualTo(
                        Gateway.JSON.readTree(
                                """
                                {"method":{"name":"sparsegpt","targets":
                                  [{"sparsity":0.5},{"sparsity":0.6},{"pattern":"2:4"}]}}"""));
    }
}
