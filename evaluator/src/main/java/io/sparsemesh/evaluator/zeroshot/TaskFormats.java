package io.sparsemesh.evaluator.zeroshot;

import java.util.Map;
import java.util.TreeMap;

/// The formats of known tasks.
final class TaskFormats {

    private static final Map<String, TaskFormat> ALL =
            new TreeMap<>(
                    Map.of(
                            "arc_challenge", new Arc(),
                            "arc_easy", new Arc(),
                            "lambada", new Lambada(),
                            "lambada_openai", new Lambada(),
                            "piqa", new Piqa()));

    private TaskFormats() {}

    /// The format of the task of that name; of an unknown one, that of own tasks.
    static TaskFormat of(String task) {
        return ALL.getOrDefault(task, new OwnTask(ALL.keySet()));
    }
}
