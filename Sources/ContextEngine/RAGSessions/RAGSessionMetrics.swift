import Runtime

/// What is counted of RAG sessions.
struct RAGSessionMetrics: Sendable {
    private let metrics: Metrics
    let created: Counter
    let expired: Counter
    let ended: Counter
    let active: Gauge

    init(_ metrics: Metrics) {
        self.metrics = metrics
        created = metrics.counter("roost_rag_sessions_created_total", "RAG sessions that were opened.")
        expired = metrics.counter(
            "roost_rag_sessions_expired_total",
            "RAG sessions that ended unused or with their token."
        )
        ended = metrics.counter(
            "roost_rag_sessions_ended_total",
            "RAG sessions that were closed, or whose token was revoked."
        )
        active = metrics.gauge("roost_rag_sessions_active", "RAG sessions that are open.")
    }

    func prompted(_ outcome: RAGSessionEvent.PromptRecord.Outcome, by host: String) {
        metrics.counter(
            "roost_rag_prompts_total",
            "Prompts of RAG sessions, by host and by what became of them.",
            ["host": host, "outcome": outcome.rawValue]
        ).increment()
    }
}
