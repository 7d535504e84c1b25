package io.sparsemesh.gateway.submission;

import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.webhook.DeliveryViews;
import io.sparsemesh.gateway.webhook.WebhookEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads `webhooks`: where to tell of the job, and what.
final class WebhookReader {

    private WebhookReader() {}

    static List<Draft.Webhook> read(Fields request) {
        List<Draft.Webhook> webhooks = new ArrayList<>();
        Map<String, String> pointers = new HashMap<>();
        for (Fields fields : request.objects("webhooks", DeliveryViews.WEBHOOKS)) {
            Draft.Webhook webhook = webhook(fields);
            String first = pointers.putIfAbsent(webhook.uri(), fields.pointer());
            if (first != null && !webhook.uri().isEmpty()) {
                fields.refuse("uri", "expected an address of its own, found that of " + first);
            }
            webhooks.add(webhook);
        }
        return webhooks;
    }

    private static Draft.Webhook webhook(Fields fields) {
        Optional<String> uri = fields.requiredText("uri");
        if (uri.isPresent() && uri.get().isEmpty()) {
            fields.refuse(
                    "uri", Code.INVALID_URI, "expected an https address, found an empty string");
        }
        List<WebhookEvent> events =
                fields.choices("events", WebhookEvent.byText(), WebhookEvent.ENDS);
        fields.finish();
        return new Draft.Webhook(fields.pointer("uri"), uri.orElse(""), events);
    }
}
