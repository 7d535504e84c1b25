package io.sparsemesh.evaluator.zeroshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.evaluator.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskFormatsTest {

    private static final String ARC =
            """
            {"question": "Q?", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"}\
            """;

    @TempDir Path folder;

    private Question read(String task, String line) throws IOException {
        return read(new Evaluation.ZeroShot(task, "file:///t.jsonl"), line);
    }

    private Question read(Evaluation.ZeroShot suite, String line) throws IOException {
        Path file = folder.resolve("t.jsonl");
        Files.writeString(file, "\n" + line + "\n");
        return TaskFormats.of(suite).read(TextFile.lines(file).getFirst());
    }

    private Question templated(String template, String line) throws IOException {
        TaskTemplate format = MessageCodec.mapper().readValue(template, TaskTemplate.class);
        return read(new Evaluation.ZeroShot("piqa", "file:///t.jsonl", format), line);
    }

    @Test
    void piqaAsksForOneOfTwoSolutions() throws IOException {
        Question found =
                read("piqa", "{\"goal\": \"Go\", \"sol1\": \"a \", \"sol2\": \"b\", \"label\": 1}");

        assertThat(found)
                .isEqualTo(Question.Choice.normed("Question: Go\nAnswer:", List.of("a ", "b"), 1));
        assertThat(found.requests())
                .containsExactly(
                        new Request("Question: Go\nAnswer:", " a "),
                        new Request("Question: Go\nAnswer:", " b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"arc_easy", "arc_challenge"})
    void arcFindsTheAnswerByItsLabel(String task) throws IOException {
        assertThat(read(task, ARC))
                .isEqualTo(Question.Choice.normed("Question: Q?\nAnswer:", List.of("x", "y"), 1));
        assertThat(read(task, ARC.replace("\"A\"", "\"1\"").replace("\"B\"", "\"2\"")))
                .isEqualTo(Question.Choice.normed("Question: Q?\nAnswer:", List.of("x", "y"), 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lambada", "lambada_openai", "own"})
    void lastWordFollowsTheLastSpace(String task) throws IOException {
        Question found = read(task, "{\"text\": \"He said.\\n\\nShe  did-not\"}");

        assertThat(found).isEqualTo(new Question.LastWord("He said.\n\nShe ", "did-not"));
        assertThat(found.requests()).containsExactly(new Request("He said.\n\nShe ", " did-not"));
    }

    @Test
    void spaceAtTheEndIsNoWord() throws IOException {
        assertThat(read("own", "{\"text\": \"one two \\n\"}"))
                .isEqualTo(new Question.LastWord("one", "two"));
    }

    @Test
    void ownChoicesAreAsked() throws IOException {
        String line = "{\"query\": \"The sky is\", \"choices\": [\"red\", \"blue\"], \"gold\": 1}";

        assertThat(read("sky", line))
                .isEqualTo(Question.Choice.normed("The sky is", List.of("red", "blue"), 1));
    }

    /// `|` stands apart: task, line, what is said about line 2 of `t.jsonl`.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "piqa|{}|'sol1': expected a string, found nothing",
                "piqa|{'sol1':'a','sol2':'','goal':'g','label':0}|'sol2': expected a text, found an empty one",
                "piqa|{'sol1':'a','sol2':'b','label':0}|'goal': expected a string, found nothing",
                "piqa|{'sol1':'a','sol2':'b','goal':'g'}|'label': expected a number of 0 to 1, found nothing",
                "piqa|{'sol1':'a','sol2':'b','goal':'g','label':-1}|'label': expected a number of 0 to 1, found -1",
                "piqa|{'sol1':'a','sol2':'b','goal':'g','label':'1'}|'label': expected a number of 0 to 1, found \"1\"",
                "piqa|{'sol1':'a','sol2':'b','goal':'g','label':0.5}|'label': expected a number of 0 to 1, found 0.5",
                "arc_easy|{'question':{'stem':'q'}}|'question': expected a string, found OBJECT",
                "arc_easy|{'question':'q'}|'choices.text': expected a list of strings, found nothing",
                "arc_easy|{'question':'q','choices':{'text':['a']}}|'choices.text': expected at least two choices, found 1",
                "arc_easy|{'question':'q','choices':{'text':['a','b'],'label':['A']}}|'choices.label': expected 2 labels, one for each text, found 1",
                "arc_easy|{'question':'q','choices':{'text':['a','b'],'label':['A','B']},'answerKey':'C'}|'answerKey': expected one of [A, B], found 'C'",
                "lambada|{'txt':'a b'}|'text': expected a string, found nothing",
                "lambada|{'text':'alone '}|'text': expected at least two words with a space between them, found 'alone'",
                "lambada|{'text':''}|'text': expected at least two words with a space between them, found ''",
                "own|{'text':' word'}|'text': expected at least two words with a space between them, found ' word'",
                "own|{'query':'q'}|'choices': expected a list of strings, found nothing",
                "own|{'choices':'ab'}|'choices': expected a list of strings, found STRING",
                "own|{'choices':['a',7]}|'choices[1]': expected a string, found NUMBER",
                "own|{'choices':['a','']}|'choices[1]': expected a text, found an empty one",
                "own|{'choices':['a','b'],'gold':0}|'query': expected a string, found nothing",
                "own|{'choices':['a','b'],'query':'q','gold':2}|'gold': expected a number of 0 to 1, found 2",
                "own|{'ctx':'c','endings':[]}|expected the fields [query, choices, gold], or the field text, found [ctx, endings]; tasks of other formats are [arc_challenge, arc_easy, boolq, hellaswag, lambada, lambada_openai, openbookqa, piqa, storycloze, winogrande]",
                "openbookqa|{'question':'q'}|'question_stem': expected a string, found nothing",
                "hellaswag|{'activity_label':'a','ctx_a':'a'}|'ctx_b': expected a string, found nothing",
                "hellaswag|{'activity_label':'a','ctx_a':'a','ctx_b':'b','endings':['a']}|'endings': expected at least two choices, found 1",
                "hellaswag|{'activity_label':'a','ctx_a':'a','ctx_b':'b','endings':['a','[x]']}|'endings[1]': expected a text, found an empty one",
                "hellaswag|{'activity_label':'a','ctx_a':'a','ctx_b':'b','endings':['a','b'],'label':'two'}|'label': expected a number of 0 to 1, found \"two\"",
                "winogrande|{'sentence':'no blank'}|'sentence': expected a text with '_' and more after it, found 'no blank'",
                "winogrande|{'sentence':'a _ '}|'sentence': expected a text with '_' and more after it, found 'a _ '",
                "winogrande|{'sentence':'a _ b','option1':''}|'option1': expected a text, found an empty one",
                "winogrande|{'sentence':'a _ b','option1':'x','option2':'y','answer':'0'}|'answer': expected a number of 1 to 2, found \"0\"",
                "winogrande|{'sentence':'a _ b','option1':'x','option2':'y','answer':''}|'answer': expected a number of 1 to 2, found \"\"",
                "boolq|{'question':'q'}|'passage': expected a string, found nothing",
                "boolq|{'question':'q','passage':'p'}|'label': expected a number of 0 to 1, found nothing",
                "boolq|{'question':'q','passage':'p','answer':'yes'}|'answer': expected a number of 0 to 1, found \"yes\"",
                "storycloze|{'input_sentence_1':'a','input_sentence_2':'b'}|'input_sentence_3': expected a string, found nothing",
            })
    void lineThatCannotBeUsedIsNamed(String task, String line, String message) {
        String json = line.replace('\'', '"');

        assertThatThrownBy(() -> read(task, json))
                .isInstanceOf(DataException.class)
                .hasMessage("[t.jsonl] line 2: " + message);
    }

    @Test
    void openBookAsksItsQuestionAsItIs() throws IOException {
        String line = ARC.replace("question", "question_stem").replace("\"B\"}", "\" B\"}");

        assertThat(read("openbookqa", line))
                .isEqualTo(Question.Choice.normed("Q?", List.of("x", "y"), 1));
    }

    @Test
    void hellaswagIsCleanedOfBracketsAndCapitalised() throws IOException {
        String line =
                """
                {"activity_label": "Cook", "ctx_a": "Stir [title] it [step].", "ctx_b": "then HE",
                 "endings": [" eats [now] it", "x"], "label": "1"}"""
                        .replace("\n", "");

        assertThat(read("hellaswag", line))
                .isEqualTo(
                        Question.Choice.normed(
                                "Cook: Stir. it . Then he", List.of("eats it", "x"), 1));
    }

    /// As Python's `capitalize` answers.
    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "a, A",
        "hELLO World, Hello world",
        "ßa, Ssa",
        "ǆX, ǅx",
        "éÀ, Éà",
        "1A, 1a",
        "ΑΣ, Ας",
        "ﬁX, Fix",
        "'  B', '  b'",
        "İI, İi"
    })
    void capitalisedIsAsInPython(String text, String expected) {
        assertThat(Hellaswag.capitalised(text)).isEqualTo(expected);
    }

    @Test
    void winograndeAsksForTheRestAfterBothOptions() throws IOException {
        Question found =
                read(
                        "winogrande",
                        "{'sentence':'Ann met Bo, so _  ran _ off. ','option1':'Ann','option2':'Bo','answer':'2'}"
                                .replace('\'', '"'));

        assertThat(found.requests())
                .containsExactly(
                        new Request("Ann met Bo, so Ann", " ran _ off."),
                        new Request("Ann met Bo, so Bo", " ran _ off."));
        assertThat(found)
                .isEqualTo(
                        new Question.Contexts(
                                List.of("Ann met Bo, so Ann", "Ann met Bo, so Bo"),
                                "ran _ off.",
                                1));
    }

    @ParameterizedTest
    @CsvSource({"answer, true, 1", "label, false, 0", "label, 1, 1", "label, 0, 0"})
    void boolqAnswersNoOrYes(String field, String value, int gold) throws IOException {
        String line = "{\"passage\": \"P.\", \"question\": \"is it\", \"%s\": %s}";

        assertThat(read("boolq", line.formatted(field, value)))
                .isEqualTo(
                        Question.Choice.byLikelihood(
                                "P.\nQuestion: is it?\nAnswer:", List.of("no", "yes"), gold));
    }

    @Test
    void storyClozeJoinsFourSentences() throws IOException {
        String line = Files.readAllLines(TestData.own("storycloze.jsonl")).get(1);

        assertThat(read("storycloze", line))
                .isEqualTo(
                        Question.Choice.byLikelihood(
                                "Sam wanted to bake a cake. He had no eggs at home. He went to"
                                        + " the shop. The shop had eggs.",
                                List.of(
                                        "Sam went to bed without a cake, as there were no eggs.",
                                        "Sam bought the eggs and baked the cake."),
                                1));
    }

    @Test
    void templateComesBeforeTheTaskOfTheName() throws IOException {
        String template =
                """
                {"kind": "choice", "context": "{{n}}) {{ q.text }}:", "choices": ["{{a.0}}", "no {{a.1}}"],
                 "gold": {"field": "right", "labels": ["true", "false"]}, "metrics": ["acc"]}""";

        assertThat(
                        templated(
                                template,
                                "{\"n\": 1.5, \"q\": {\"text\": \"$1 {{n}}\"}, \"a\": [\"x\", \"y\"], \"right\": false}"))
                .isEqualTo(Question.Choice.byLikelihood("1.5) $1 {{n}}:", List.of("x", "no y"), 1));
    }

    @Test
    void templateOfContextsAndOfLastWords() throws IOException {
        String contexts =
                """
                {"kind": "contexts", "contexts": ["{{a}} is", "{{b}} is"], "continuation": "{{c}}",
                 "gold": {"field": "g", "first": 1}}""";

        assertThat(templated(contexts, "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"g\": \"2\"}"))
                .isEqualTo(new Question.Contexts(List.of("A is", "B is"), "C", 1));
        assertThat(
                        templated(
                                "{\"kind\": \"lastWord\", \"text\": \"{{a}} {{b}}\"}",
                                "{\"a\": \"A\", \"b\": \"B\"}"))
                .isEqualTo(new Question.LastWord("A", "B"));
    }

    /// `|` stands apart: choices, gold, line, what is said about line 2 of `t.jsonl`.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'choices':['{{a}}','x']|'field':'g'|{}|'q': expected a string, a number, true or false, found nothing",
                "'choices':['{{a}}','x']|'field':'g'|{'q':['a']}|'q': expected a string, a number, true or false, found ARRAY",
                "'choices':['{{a}}','x']|'field':'g'|{'q':'q','a':''}|choices '{{a}}': expected a text, found an empty one",
                "'choices':['{{a}}','x']|'field':'g'|{'q':'q','a':'a'}|'g': expected a number of 0 to 1, found nothing",
                "'choices':['{{a}}','x']|'field':'g','first':1|{'q':'q','a':'a','g':0}|'g': expected a number of 1 to 2, found 0",
                "'choices':['{{a}}','x']|'field':'g','labels':['l','r']|{'q':'q','a':'a','g':'m'}|'g': expected one of [l, r], found 'm'",
                "'choicesFrom':'a.b'|'field':'g'|{'q':'q','a':{'b':'x'}}|'a.b': expected a list of strings, found STRING",
                "'choicesFrom':'a'|'field':'g'|{'q':'q','a':['x']}|'choices': expected at least two choices, found 1",
                "'choicesFrom':'a'|'field':'g','labelsFrom':'l'|{'q':'q','a':['x','y'],'l':['1']}|'l': expected 2 labels, one for each text, found 1",
            })
    void lineThatDoesNotFitItsTemplateIsNamed(
            String choices, String gold, String line, String message) {
        String template =
                "{'kind':'choice','context':'{{q}}',%s,'gold':{%s},'metrics':['acc']}"
                        .formatted(choices, gold)
                        .replace('\'', '"');
        String json = line.replace('\'', '"');

        assertThatThrownBy(() -> templated(template, json))
                .isInstanceOf(DataException.class)
                .hasMessage("[t.jsonl] line 2: " + message);
    }
}
