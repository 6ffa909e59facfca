import ContextCore

/// The shapes of exported lines.
enum TrainingLine {
    /// https://platform.openai.com/docs/guides/fine-tuning: one example of the chat format.
    static func chat(_ report: FeedbackStore.Report, context: String?) -> JSONValue {
        ["messages": .array(prompt(report, context) + [message("assistant", report.response)])]
    }

    /// The preference format of the same guide.
    static func preference(
        _ rejected: FeedbackStore.Report,
        _ chosen: FeedbackStore.Report,
        context: String?
    ) -> JSONValue {
        [
            "input": ["messages": .array(prompt(chosen, context))],
            "preferred_output": [message("assistant", chosen.response)],
            "non_preferred_output": [message("assistant", rejected.response)],
        ]
    }

    static func raw(_ report: FeedbackStore.Report, context: String?) -> JSONValue {
        [
            "session_id": .string(report.session),
            "turn_number": .number(Double(report.turn)),
            "recorded_at": .string(report.at.iso8601),
            "query": .string(report.query),
            "context": context.map(JSONValue.string) ?? .null,
            "manifest_id": report.manifestID.map(JSONValue.string) ?? .null,
            "response": .string(report.response),
            "confidence": .number(report.confidence),
            "gaps": .array(report.gaps.map(JSONValue.string)),
            "suggested_queries": .array(report.suggested.map(JSONValue.string)),
            "estimated_confidence_increase": .number(report.estimate),
            "metadata": report.metadata,
        ]
    }

    private static func prompt(_ report: FeedbackStore.Report, _ context: String?) -> [JSONValue] {
        (context.map { [message("system", $0)] } ?? []) + [message("user", report.query)]
    }

    private static func message(_ role: String, _ content: String) -> JSONValue {
        ["role": .string(role), "content": .string(content)]
    }
}
