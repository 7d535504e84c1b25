package io.sparsemesh.deploy.mesh;

/// What a mesh promises whatever happens to it.
enum Promise {
    /// No accepted job is lost, and each ends well.
    ACCEPTED_JOBS_SUCCEED,
    /// Each task, so each layer, contributes exactly one result.
    ONE_RESULT_OF_EACH_TASK,
    /// The output's bits are those of the undisturbed run.
    SAME_BITS,
    /// Events of a job have no gap and keep their order, in the database and the page.
    EVENTS_WITHOUT_GAP,
    /// The same for who watches the stream of all jobs and comes back after each cut.
    STREAM_WITHOUT_GAP,
    /// Nothing is left to do or to tell.
    NOTHING_LEFT_BEHIND,
    /// Records that nobody can read lie among the dead letters, each of each topic, and hold
    // nothing
    /// up: whoever notes how far it has read, has read all.
    POISON_IS_SET_ASIDE,
    /// While one service is away the others serve what they can.
    OTHERS_SERVE,
    /// A worker whose computing does not come back ends itself.
    HUNG_WORKERS_END,
    /// Damage is found by digest, and the result made anew.
    DAMAGE_IS_MENDED
}
