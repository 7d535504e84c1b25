package io.sparsemesh.gateway.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.event.JobEvent;
import io.sparsemesh.contracts.message.MessageCodec;
import java.util.List;

/// An event of a job as CloudEvents 1.0 has it in structured mode.
final class CloudEvent {

    static final String MEDIA_TYPE = "application/cloudevents+json";

    private CloudEvent() {}

    /// The event's name in the world: the same for all whom it is told, in each attempt. No dot in
    /// it, which is what divides signed texts.
    static String id(JobId job, long seq) {
        return job + "-" + seq;
    }

    /// The JSON. `data` is that of the event stream, with the job and the event's number in it.
    static String json(WebhookEvent name, JobEvent event) {
        ObjectMapper mapper = MessageCodec.mapper();
        ObjectNode cloud = mapper.createObjectNode();
        cloud.put("specversion", "1.0");
        cloud.put("id", id(event.job(), event.seq()));
        cloud.put("source", "/v1/jobs/" + event.job());
        cloud.put("type", name.typeName());
        cloud.put("subject", event.job().value());
        cloud.put("time", event.at().toString());
        cloud.put("datacontenttype", "application/json");
        ObjectNode data = cloud.putObject("data");
        data.put("jobId", event.job().value());
        data.put("seq", event.seq());
        ObjectNode rest = mapper.valueToTree(event);
        data.setAll((ObjectNode) rest.without(List.of("job", "seq", "at")));
        try {
            return mapper.writeValueAsString(cloud);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + event.getClass(), e);
        }
    }
}
