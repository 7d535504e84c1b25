package io.sparsemesh.deploy.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {

    private static String written(String... rows) throws JsonProcessingException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String row : rows) {
            nodes.add(new JsonMapper().readTree(row));
        }
        StringWriter text = new StringWriter();
        // Buffered, as the process' own output is: what is not flushed is not there.
        Csv.write(nodes, new PrintWriter(new BufferedWriter(text)));
        return text.toString();
    }

    @Test
    void eachRowHasEveryFieldOfAnyOfThem() throws JsonProcessingException {
        assertThat(
                        written(
                                "{\"name\": \"q\", \"block\": 0, \"relativeError\": 0.018765432109}",
                                "{\"name\": \"k\", \"worker\": null, \"tokens\": 262144}"))
                .isEqualTo(
                        """
                        name,block,relativeError,tokens
                        q,0,0.018765432109,
                        k,,,262144
                        """);
    }

    @Test
    void objectsAreFlatAndListsStayJson() throws JsonProcessingException {
        assertThat(
                        written(
                                "{\"metrics\": {\"acc\": 0.5, \"se\": {\"acc\": 0.1}}, \"scopes\": [\"read\", \"write\"]}"))
                .isEqualTo(
                        """
                        metrics.acc,metrics.se.acc,scopes
                        0.5,0.1,"[""read"",""write""]"
                        """);
    }

    @Test
    void separatorsQuotesAndLinesAreQuoted() throws JsonProcessingException {
        assertThat(written("{\"a\": \"x,y\", \"b\": \"say \\\"no\\\"\", \"c\": \"two\\nlines\"}"))
                .isEqualTo(
                        """
                        a,b,c
                        "x,y","say ""no""\","two
                        lines"
                        """);
    }

    @Test
    void nothingIsNoLine() throws JsonProcessingException {
        assertThat(written()).isEmpty();
    }
}
