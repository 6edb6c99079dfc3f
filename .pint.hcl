# For cloudflare/pint: `pint lint alerts/rules`. Nothing is switched off. Most of what pint looks for is
# looked for by tests/alerts as well, against the catalogue of metrics instead of a running server; with
# a `prometheus` block, pint asks yours.

rule {
  match {
    kind = "alerting"
  }

  label "severity" {
    severity = "bug"
    value    = "(critical|warning|info)"
    required = true
  }

  label "component" {
    severity = "bug"
    value    = "(timelines|workers|queues|repair|webhook|evidence|exporter)"
    required = true
  }

  annotation "summary" {
    severity = "bug"
    value    = "[^{]+"
    required = true
  }

  annotation "description" {
    severity = "bug"
    required = true
  }

  annotation "runbook_url" {
    severity = "bug"
    value    = "https://.+/alerts/runbooks/{{ $alert }}\\.md"
    required = true
  }

  annotation "dashboard_url" {
    severity = "bug"
    value    = "https?://.+/d/timesketch-(processing|workers|repair)"
    required = true
  }
}
