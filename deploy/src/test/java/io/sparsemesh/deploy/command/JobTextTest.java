package io.sparsemesh.deploy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'name':'sparsegpt','sparsity':0.5,'propagation':'sequential'} | sparsegpt 50 %",
                "{'name':'wanda','pattern':'2:4','propagation':'dense'} | wanda 2:4, dense",
                "{'name':'sparsegpt','targets':[{'sparsity':0.625},{'pattern':'2:4'}]}"
                        + " | sparsegpt 62.5 %, 2:4",
                "{'name':'sparsegpt','sparsity':0.7,'propagation':'trueSequential',"
                        + "'quantization':{'bits':4},'refit':{'mode':'target'}}"
                        + " | sparsegpt 70 %, 4 bits, refit target, trueSequential",
                "{'name':'sparsegpt','sparsity':0.7,'allocation':'budget'}"
                        + " | sparsegpt 70 %, budget"
            },
            quoteCharacter = '"')
    void aMethodIsToldByItsTargetAndByWhatIsNotAsInThePaper(String method, String expected)
            throws Exception {
        assertThat(JobText.method(new ObjectMapper().readTree(method.replace('\'', '"'))))
                .isEqualTo(expected);
    }
}
