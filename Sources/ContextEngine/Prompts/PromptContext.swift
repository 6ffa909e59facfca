import ContextCore
import FoundationEssentials
import LanguageModels
import Retrieval

/// The passages of a prompt, best first, with what was left out.
struct PromptContext {
    private(set) var passages: [Passage] = []
    private(set) var omitted: [String: Int] = [:]

    private var citations: [TurnEnd.Citation] = []

    /// What was said before; it is in the prompt already.
    private let spoken: [Passage]

    /// Vectors that a search has found; the passage's text is in the metadata.
    init(_ hits: [SessionVectors.Hit], members: [String], _ conversation: [PromptRequest.Line], in scope: Scope) {
        spoken = Self.passages(of: conversation, in: scope)
        for hit in hits {
            let metadata =
                (try? JSONDecoder().decode(JSONValue.self, from: Data(hit.metadata.utf8)))?.objectValue ?? [:]
            guard let text = members.lazy.compactMap({ metadata[$0]?.stringValue }).first else {
                omitted["without_text", default: 0] += 1
                continue
            }
            var fields = ["text": text]
            for name in ["title", "source"] { fields[name] = metadata[name]?.stringValue }
            passages.append(Self.passage(hit.id.text, fields, in: scope))
            citations.append(TurnEnd.Citation(id: hit.id, score: Double(hit.score)))
        }
    }

    /// Passages of the knowledge base.
    init(_ hits: [SearchHit], _ conversation: [PromptRequest.Line], in scope: Scope) {
        spoken = Self.passages(of: conversation, in: scope)
        passages = hits.map(\.passage)
        citations = hits.map { TurnEnd.Citation(id: .string($0.passage.id), score: $0.score) }
    }

    /// What an answer may quote: all but the person's own words, which would only be said back.
    var quotable: [Passage] { passages + spoken }

    private static func passages(of conversation: [PromptRequest.Line], in scope: Scope) -> [Passage] {
        conversation.enumerated().filter { $1.role != "user" }.map { number, line in
            passage("conversation:\(number)", ["text": line.text, "title": line.role], in: scope)
        }
    }

    private static func passage(_ id: String, _ fields: [String: String], in scope: Scope) -> Passage {
        Passage(id: id, key: 0, collection: "session", kind: .text, scope: scope, fields: fields)
    }

    /// Leaves out what the budget has no room for; a smaller passage may still come in after a larger one.
    ///
    /// Spent is what stands in the prompt: the first passage pays the headings, each its number and a separator.
    mutating func fit(_ budget: inout TokenBudget, _ meter: TokenMeter) {
        var headings = PromptPlanner(meter: meter).overhead
        var kept: [Passage] = []
        for passage in passages {
            let text = ContextPacker.separator + PromptPlanner.numbered(passage.text, kept.count + 1)
            guard budget.spend(headings + meter.count(text)) else { continue }
            headings = 0
            kept.append(passage)
        }
        if kept.count < passages.count { omitted["over_budget"] = passages.count - kept.count }
        passages = kept
    }

    /// What a model reads: what was said, then the passages and the prompt.
    static func messages(for request: PromptRequest, passages: [Passage] = []) -> [Message] {
        PromptPlanner.messages(
            system: PromptTexts.boundaries,
            summary: nil,
            history: request.conversation.map { Message(Message.Role(rawValue: $0.role) ?? .user, $0.text) },
            question: Message(.user, request.prompt),
            passages: passages.map(\.text),
            nearestTopics: nil
        )
    }

    func modelRequest(for request: PromptRequest, _ principal: Principal) -> ModelRequest {
        var modelRequest = ModelRequest(Self.messages(for: request, passages: passages))
        modelRequest.stablePrefix = modelRequest.messages.count - 1
        modelRequest.sampling.maxTokens = request.maximumTokens
        modelRequest.passages = quotable
        modelRequest.question = request.prompt
        modelRequest.principal = principal
        return modelRequest
    }

    /// The passages whose numbers an answer has in brackets.
    func citations(in text: String) -> [TurnEnd.Citation] {
        let known = quotable.map { passage -> (Passage?, Double) in (passage, 0) }
        return Citation.cited(in: text, of: known).map { cited in
            var citation = citations.first { $0.id.text == cited.id } ?? TurnEnd.Citation(id: .string(cited.id))
            citation.number = cited.number
            return citation
        }
    }
}
