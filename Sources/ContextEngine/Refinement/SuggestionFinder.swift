import ContextCore
import KeywordSearch
package import Retrieval

/// Finds follow-up queries that bring something new in a session.
///
/// First come a model's proposals, if there are any. Then, by rule, the topics of relevant passages that were not sent:
/// those that this turn had no room for, and those near what it did send. Whoever wrote a suggestion, it is kept only if
/// searching for it really finds a passage that the session was never sent; so nothing is invented, and where nothing is
/// left there is no suggestion.
package struct SuggestionFinder: Sendable {
    private let library: PassageLibrary
    private let configuration: ContextConfiguration

    package init(library: PassageLibrary, configuration: ContextConfiguration) {
        self.library = library
        self.configuration = configuration
    }

    /// - Parameter proposals: what a model would ask next, unchecked.
    func suggestions(
        after assembly: ContextAssembler.Assembly,
        proposals: QueryWriter.Proposals,
        asked: [String],
        delivered: DeliveryRecord,
        in collections: [PassageCollection],
        meeting filter: MetadataFilter?,
        for principal: Principal
    ) async throws -> [Suggestion] {
        let place = Place(collections: collections, filter: filter, principal: principal)
        var search = Search(wanted: configuration.suggestions, topics: TopicSet(asked))
        if let author = proposals.author {
            try await keep(proposals.queries, by: author, in: &search, delivered, place)
        }
        if search.isOpen {
            try await keep(
                try await pool(assembly, delivered, place).lazy.map(\.topic),
                by: Suggestion.rule,
                in: &search,
                delivered,
                place
            )
        }
        return search.found
    }

    /// What was found so far, and what was tried.
    private struct Search {
        let wanted: Int
        var topics: TopicSet
        var found: [Suggestion] = []

        var isOpen: Bool { found.count < wanted }
    }

    private func keep(
        _ queries: some Sequence<String>,
        by author: String,
        in search: inout Search,
        _ delivered: DeliveryRecord,
        _ place: Place
    ) async throws {
        for query in queries {
            guard search.isOpen else { return }
            guard search.topics.insert(query), try await bringsNew(query, delivered, place) else { continue }
            search.found.append(Suggestion(query: query, author: author))
        }
    }

    /// Where the request looked, and so the next one will.
    private struct Place {
        let collections: [PassageCollection]
        let filter: MetadataFilter?
        let principal: Principal
    }

    /// Unsent passages, nearest to the conversation first.
    private func pool(
        _ assembly: ContextAssembler.Assembly,
        _ delivered: DeliveryRecord,
        _ place: Place
    ) async throws -> [Passage] {
        let skipped = assembly.unsent.map(\.passage).filter { delivered.isUnsent($0.key) }
        guard skipped.count < configuration.suggestions * 2 else { return skipped }
        let near = try await library.related(
            to: assembly.pack.parts.prefix(3).map(\.passage.key),
            in: place.collections,
            filter: place.filter,
            limit: configuration.suggestions * 4,
            excluding: delivered.sent.union(skipped.map(\.key)),
            for: place.principal
        )
        return skipped + near
    }

    /// Words alone decide, so a suggestion costs no embedding; the hybrid search that follows finds at least as much.
    ///
    /// What only repeats a text that was sent is left out of a pack, so it is nothing new here either.
    private func bringsNew(
        _ topic: String,
        _ delivered: DeliveryRecord,
        _ place: Place
    ) async throws -> Bool {
        let query = RetrievalQuery(
            topic,
            mode: .keyword,
            in: place.collections,
            filter: place.filter,
            limit: Self.depth,
            excluding: delivered.sent
        )
        let outcome = try await library.search(query, for: place.principal)
        return outcome.hits.contains { hit in
            configuration.relevance.accept(hit.evidence) && !isRepetition(hit.passage, delivered)
        }
    }

    /// Hits of a topic that are looked at.
    private static let depth = 5

    private func isRepetition(_ passage: Passage, _ delivered: DeliveryRecord) -> Bool {
        let twin = delivered.twin(
            of: MinHashSignature(of: passage.text),
            besides: passage.key,
            as: .brief,
            threshold: configuration.duplicateThreshold
        )
        return twin != nil
    }
}

/// A follow-up query that finds something new.
package struct Suggestion: Codable, Hashable, Sendable {
    package var query: String

    /// The model that wrote it, or ``rule``.
    package var author: String

    static let rule = "rule"
}

/// Topics that were asked or suggested, compared by their words.
struct TopicSet {
    private var topics: [Set<String>] = []

    /// From here on two topics are one: the share of the longer one's words that both have.
    private static let overlap = 0.8

    init(_ topics: [String]) {
        topics.forEach { _ = insert($0) }
    }

    /// Adds a topic and says whether it was new.
    ///
    /// A topic without words never is.
    mutating func insert(_ topic: String) -> Bool {
        let words = Set(topic.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
        guard !words.isEmpty, !topics.contains(where: { Self.areOne($0, words) }) else { return false }
        topics.append(words)
        return true
    }

    private static func areOne(_ left: Set<String>, _ right: Set<String>) -> Bool {
        Double(left.intersection(right).count) >= overlap * Double(max(left.count, right.count))
    }
}

extension Passage {
    /// What somebody would ask to find this passage.
    var topic: String {
        let heading = fields[kind.heading] ?? ""
        let place = metadata.objectValue?["heading"]?.stringValue ?? ""
        let name = kind == .code ? [place, heading].filter { !$0.isEmpty }.joined(separator: " ") : heading
        let topic = name.isEmpty ? (fields[kind.body] ?? text) : name
        return Excerpt.leading(topic, characters: 120).replacing(Excerpt.mark, with: "")
    }
}
