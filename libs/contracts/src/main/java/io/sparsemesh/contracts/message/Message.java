package io.sparsemesh.contracts.message;

import io.sparsemesh.contracts.JobId;

/// The data of one CloudEvent between services. [MessageType] gives each its type name; a field
/// that a reader does not know is ignored, so fields may be added within a version.
public interface Message {

    /// The key that orders this message among others of its topic.
    String subject();

    /// A message about one job.
    interface OfJob extends Message {
        JobId job();

        @Override
        default String subject() {
            return job().value();
        }
    }
}
