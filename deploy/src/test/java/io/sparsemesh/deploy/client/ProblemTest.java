package io.sparsemesh.deploy.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'code':'c','detail':'two faults','errors':[{'pointer':'/a','detail':'x'},"
                        + "{'pointer':'/b','detail':'y'}]}"
                        + " | refused (422 c): two faults;  /a: x;  /b: y",
                "{'code':'c','detail':'no such y','errors':[{'pointer':'/b','detail':'no such y'}]}"
                        + " | refused (422 c): no such y;  in /b",
                "{'code':'c','detail':'no such y','errors':[{'pointer':'','detail':'no such y'}]}"
                        + " | refused (422 c): no such y",
                "{'detail':'gone'} | refused (422): gone"
            })
    void everyFaultIsSaidOnceWithItsPlace(String body, String lines) throws Exception {
        Problem problem = Problem.of(422, new ObjectMapper().readTree(body.replace('\'', '"')));

        assertThat(problem.text()).isEqualTo(lines.replace(";", "\n"));
    }
}
