import ContextCore
import LanguageModels

extension PromptAssembler {
    /// The prompt of a caller who holds the history: the window, and in front of the question what was found for it.
    ///
    /// Passages get at most their share of what the question leaves; the history has the rest.
    ///
    /// - Parameter limit: tokens of the whole prompt, in which `question` fits.
    func assemble(
        _ question: Message,
        after history: [Message],
        through window: HistoryWindow,
        _ found: Findings,
        within limit: Int
    ) -> (assembly: Assembly, selection: HistoryWindow.Selection) {
        // A note about nothing is the first thing that gives way.
        let hasRoom = planner.cost(question, nearestTopics: found.nearestTopics) <= limit
        let topics = hasRoom ? found.nearestTopics : nil
        var ledger = PromptLedger()
        ledger[.question] = planner.cost(question, nearestTopics: topics)
        let room = limit - ledger[.question]
        let pack = packer.pack(
            found.packable,
            as: .full,
            within: planner.passageRoom(of: room, passages: found.packable.count),
            after: DeliveryRecord()
        )
        ledger[.passages] = planner.cost(pack)
        let selection = window.select(from: history, within: room - ledger[.passages])
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
        return (found.assembly(of: prompt, nearestTopics: topics), selection)
    }
}
