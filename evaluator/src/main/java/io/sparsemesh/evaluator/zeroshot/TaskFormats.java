package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.contracts.job.Evaluation;
import java.util.Map;
import java.util.TreeMap;

/// The formats of known tasks.
final class TaskFormats {

    private static final Map<String, TaskFormat> ALL =
            new TreeMap<>(
                    Map.of(
                            "arc_challenge", LabelledChoices.arc(),
                            "arc_easy", LabelledChoices.arc(),
                            "boolq", new BoolQ(),
                            "hellaswag", new Hellaswag(),
                            "lambada", new Lambada(),
                            "lambada_openai", new Lambada(),
                            "openbookqa", LabelledChoices.openBookQa(),
                            "piqa", new Piqa(),
                            "storycloze", new StoryCloze(),
                            "winogrande", new Winogrande()));

    private TaskFormats() {}

    /// The format that the suite brings; else that of the task of its name; of an unknown one, that
    /// of own tasks.
    static TaskFormat of(Evaluation.ZeroShot suite) {
        return suite.format() == null
                ? ALL.getOrDefault(suite.name(), new OwnTask(ALL.keySet()))
                : new TemplateTask(suite.format());
    }
}
