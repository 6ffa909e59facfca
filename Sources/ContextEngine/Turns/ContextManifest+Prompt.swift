import ContextCore
import LanguageModels
import Retrieval
import Runtime
import SQL

extension ContextManifest {
    /// The account of a prompt.
    init(
        of assembly: PromptAssembler.Assembly,
        _ account: PromptAccount,
        operation: String,
        query: String,
        limit: Int,
        library: PassageLibrary,
        configuration: ContextConfiguration,
        at now: Timestamp
    ) throws {
        let names = Dictionary(assembly.candidates.map { ($0.hit.passage.key, $0.hit.passage.id) }) { $1 }
        self.init(
            id: Identifier.random("mf_"),
            createdAt: now.iso8601,
            operation: operation,
            query: query,
            level: .detailed,
            collections: assembly.collections,
            budget: limit,
            tokens: account.tokens.total,
            tokenizer: assembly.meter.name,
            embedder: library.embedderName,
            form: .full,
            rendering: configuration.rendering,
            contextHash: try Self.hash(of: assembly.prompt.messages),
            candidates: zip(assembly.candidates, assembly.prompt.pack.decisions).enumerated().map { index, pair in
                Candidate(pair.0, pair.1, rank: index + 1, names: names)
            },
            prompt: account
        )
    }

    /// SHA-256 of the prompt's messages as canonical JSON.
    static func hash(of messages: [Message]) throws -> String {
        SHA256.hexadecimal(of: try StoredJSON.encode(messages))
    }
}

extension PromptAccount {
    init(
        of assembly: PromptAssembler.Assembly,
        in conversation: Conversation,
        question: Int,
        history: [ConversationMessage],
        previous: PromptAccount?
    ) throws {
        let covered = conversation.summary?.coversThrough ?? 0
        let dropped = history.filter { $0.number > covered && $0.isSaid }.prefix(assembly.prompt.droppedMessages)
        let lastDropped = dropped.last?.number ?? covered
        let hasSummary = assembly.prompt.ledger[.summary] > 0
        self.init(
            conversationID: conversation.id,
            question: question,
            summary: hasSummary ? conversation.summary?.number : nil,
            tokens: assembly.prompt.ledger,
            messages: history.map { message in
                Entry(
                    id: message.id,
                    number: message.number,
                    role: message.role.rawValue,
                    decision: message.number <= covered
                        ? (hasSummary ? .summarised : .overBudget)
                        : !message.isSaid ? .empty : message.number <= lastDropped ? .overBudget : .included
                )
            },
            nearestTopics: assembly.nearestTopics,
            predictedCachedTokens: 0,
            measure: assembly.measure,
            stable: try StablePrefix(of: assembly.prompt)
        )
        if let previous, try previous.stable?.begins(assembly.prompt) == true {
            predictedCachedTokens = previous.stableTokens
        }
    }

    /// All that stood before the question.
    private var stableTokens: Int { tokens[.system] + tokens[.tools] + tokens[.summary] + tokens[.messages] }
}

extension TurnContext {
    /// `nil` for a manifest without a prompt.
    init?(_ manifest: ContextManifest, degraded: [String] = []) {
        guard let prompt = manifest.prompt else { return nil }
        self.init(
            passagesUsed: manifest.candidates.count(where: \.included),
            messagesUsed: prompt.messages.count { $0.decision == .included },
            messagesDropped: prompt.messages.count { $0.decision == .overBudget },
            summaryUsed: prompt.summary != nil,
            tokens: prompt.tokens,
            predictedCachedTokens: prompt.predictedCachedTokens,
            manifestID: manifest.id,
            degraded: degraded.isEmpty ? nil : degraded
        )
    }
}

extension Citation {
    /// The passages whose numbers the text has in brackets, in the order of their numbers.
    ///
    /// - Parameter passages: those of the prompt, in order; `nil` for one that is gone.
    static func cited(in text: String, of passages: [(passage: Passage?, score: Double)]) -> [Citation] {
        let numbers = Set(
            text.matches(of: /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/).flatMap { match in
                match.output.1.split(separator: ",").compactMap { Int($0.trimming(while: \.isWhitespace)) }
            }
        )
        return passages.enumerated().compactMap { place, entry in
            guard numbers.contains(place + 1), let passage = entry.passage else { return nil }
            return Citation(
                number: place + 1,
                id: passage.id,
                title: passage.title,
                source: passage.source,
                collection: passage.collection,
                score: entry.score
            )
        }
    }
}

extension Substring {
    fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> Substring {
        var rest = drop(while: isUnwanted)
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}
