package io.sparsemesh.scheduler.core;

import java.util.List;

/// What follows from an event: the job's next state, and what to do.
///
/// @param job the state from now on; the old one, the very object, if nothing changed
/// @param removed whether the job is to be forgotten
public record Decision(Job job, boolean removed, List<Command> commands, List<Note> notes) {

    public Decision {
        commands = List.copyOf(commands);
        notes = List.copyOf(notes);
    }

    static Decision nothing(Job job, Note note) {
        return new Decision(job, false, List.of(), List.of(note));
    }
}
