package io.sparsemesh.deploy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.deploy.client.Gateway;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class AllocationTextTest {

    @Test
    void whatWasKeptAndWhyAndEachBlocksSparsityAreWritten() throws Exception {
        StringWriter text = new StringWriter();

        AllocationText.print(
                Gateway.JSON.readTree(
                        """
                        {"asked":"budget","kept":"uniform","reason":"wiki: perplexity 6 of budget",
                         "predictedErrors":{"budget":1.5,"uniform":1.75},
                         "blocks":[{"block":0,"sparsity":0.425},{"block":1,"sparsity":0.575}]}"""),
                new PrintWriter(text, true));

        assertThat(text.toString().lines())
                .contains(
                        "kept      uniform (wiki: perplexity 6 of budget)",
                        "predicted budget 1.5000",
                        "predicted uniform 1.7500")
                .anySatisfy(line -> assertThat(line).contains("0").contains("42.5 %"))
                .anySatisfy(line -> assertThat(line).contains("1").contains("57.5 %"));
    }

    @Test
    void theCommandLineAsksForIt() throws Exception {
        RequestOptions options = new RequestOptions();
        CommandLine.populateCommand(options, "--sparsity=0.5", "--allocation=budget");
        ObjectNode request = Gateway.JSON.createObjectNode();

        options.applyTo(request);

        assertThat(request)
                .isEqualTo(
                        Gateway.JSON.readTree(
                                """
                                {"method":{"name":"sparsegpt","sparsity":0.5,"allocation":"budget"}}"""));
    }
}
