/** What one copies to send events. It must not know where it is shown. */

const DEFAULT_INGEST = 'http://127.0.0.1:8080';

/** For a page: loads the client, asks for consent first, says who it is. */
export function snippetOf(pipelineKey: string, ingestUrl = DEFAULT_INGEST): string {
  return `<script src="${ingestUrl}/d.js" data-pipeline-key="${pipelineKey}"></script>
<script>
  datafly.setConsent({ marketing: true }); // when your visitor agrees
  datafly.identify("user-123", { email: "jane@example.com", first_name: "Jane", last_name: "Doe" });
  datafly.track("Order Completed", { order_id: "1001", revenue: 25, currency: "EUR" });
</script>`;
}

/** For a terminal or any server. */
export function requestOf(pipelineKey: string, ingestUrl = DEFAULT_INGEST): string {
  return `curl -X POST '${ingestUrl}/v1/identify' \\
  -H 'Authorization: Bearer ${pipelineKey}' \\
  -H 'Content-Type: application/json' \\
  --data-raw '${JSON.stringify({
    userId: 'user-123',
    traits: { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' },
    context: { consent: { marketing: true } },
  })}'`;
}
