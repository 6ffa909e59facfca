import ContextCore
import LanguageModels

extension PromptAssembler {
    /// The prompt of a caller who holds the history: the window, and in front of the question what was found for it.
    ///
    /// Passages get at most their share of what the question leaves; the history has the rest.
    ///
    /// - Throws: ``ContextError`` (context length exceeded), with both numbers, when not even the question fits.
    func assemble(
        _ question: Message,
        after history: [Message],
        through window: HistoryWindow.Configuration,
        _ found: Findings,
        within limit: Int,
        answeredBy router: ModelRouter
    ) async throws -> Assembly {
        try await settle(within: limit, answeredBy: router) { meter in
            try plan(question, after: history, through: window, found, within: limit, meter)
        }
    }

    private func plan(
        _ question: Message,
        after history: [Message],
        through window: HistoryWindow.Configuration,
        _ found: Findings,
        within limit: Int,
        _ meter: TokenMeter
    ) throws(ContextError) -> Assembly {
        let planner = PromptPlanner(meter: meter)
        guard planner.cost(question) <= limit else {
            throw ContextError(
                .contextLengthExceeded,
                "The prompt has \(planner.cost(question)) tokens, and there is room for \(limit). Shorten it.",
                parameter: "prompt"
            )
        }
        // A note about nothing is the first thing that gives way.
        let hasRoom = planner.cost(question, nearestTopics: found.nearestTopics) <= limit
        let topics = hasRoom ? found.nearestTopics : nil
        var ledger = PromptLedger()
        ledger[.question] = planner.cost(question, nearestTopics: topics)
        let room = limit - ledger[.question]
        let pack = packer(meter).pack(
            found.packable,
            as: .full,
            within: planner.passageRoom(of: room),
            after: DeliveryRecord()
        )
        ledger[.passages] = planner.cost(pack)
        let selection = HistoryWindow(configuration: window, meter: meter).select(
            from: history,
            within: room - ledger[.passages]
        )
        ledger[.system] = selection.messages.filter { $0.role == .system }.reduce(0) { $0 + planner.cost($1) }
        ledger[.messages] = selection.tokens - ledger[.system]
        let messages = PromptPlanner.messages(
            system: "",
            summary: nil,
            history: selection.messages,
            question: question,
            passages: pack.parts.map(\.text),
            nearestTopics: topics
        )
        let prompt = PromptPlanner.Prompt(
            messages: messages,
            stablePrefix: messages.count - 1,
            ledger: ledger,
            droppedMessages: selection.dropped,
            pack: pack
        )
        var assembly = found.assembly(of: prompt, nearestTopics: topics, meter)
        assembly.selection = selection
        return assembly
    }
}
